"""The pages say what the code does: settings, links, and examples that at least compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.settings_page import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
)


def test_the_settings_page_is_made_from_the_code() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.support.settings_page"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_python_examples_compile(path: Path) -> None:
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)):
        compile(code, f"{path.name}:{number}", "exec", flags=0x2000)  # top-level await, as in a shell
