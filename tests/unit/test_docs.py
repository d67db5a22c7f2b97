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


def test_the_twelve_changes_name_files_that_are_there_and_at_most_four_rooms_each() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    section = page.partition("\n## Twelve changes")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 12
    for change, files in rows:
        named = re.findall(r"`([\w/]+\.py)`(\+?)", files)
        assert named, change
        for file, new in named:
            assert (ROOT / "src/django_github_app" / file).exists() != bool(new), f"{change}: {file}"
        rooms = {file.partition("/")[0] for file, _ in named}
        assert len(rooms) <= 4, change


def test_the_ten_usual_changes_name_files_that_are_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    section = page.partition("### Where ten usual changes go")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 10
    for row in rows:
        for file in re.findall(r"`([\w/]+\.(?:py|md)|\w+/)`", row):
            places = (ROOT / "src/django_github_app" / file, ROOT / file)
            assert any(place.exists() for place in places), file
