"""The site of docs/ is built without a warning: no link leads nowhere, no page is left out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.source import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("mkdocs") is None, reason="mkdocs is not installed: pip install -e '.[site]'"
    ),
]


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder), *options],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_built_and_fetches_nothing(tmp_path: Path) -> None:
    done = build(tmp_path / "site")
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    docs = ROOT / "docs"
    wanted = {path.relative_to(docs).with_suffix(".html").as_posix() for path in docs.rglob("*.md")}
    assert {page.replace("README", "index") for page in wanted} | {"404.html"} == pages
    for page in pages:
        html = (tmp_path / "site" / page).read_text()
        fetched = re.findall(r'<(?:script|link)[^>]* (?:src|href)="(https?:[^"]+)"', html)
        own = [one for one in fetched if not re.search(r'rel="(canonical|edit|next|prev)"', one)]
        assert own == [], page


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Home\n\n[nowhere](nothing.md) [no heading](#there)\n")
    config = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[0]
    config = config.replace("docs_dir: docs", f"docs_dir: {docs}").replace("release/", f"{ROOT}/release/")
    (tmp_path / "mkdocs.yml").write_text(config)
    done = build(tmp_path / "site", "--config-file", str(tmp_path / "mkdocs.yml"))
    assert done.returncode != 0
    assert "nothing.md" in done.stderr
    assert "#there" in done.stderr
