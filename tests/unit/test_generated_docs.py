"""The pages that are written out of the code: docs/api.md, docs/settings.md and the table of rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import generated_docs
from tests.support.generated_docs import public_names, rooms
from tests.support.source import PACKAGE

PAGES = generated_docs.pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_says_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path], "run: make docs"


def test_every_room_stands_on_a_floor_and_says_what_it_is_for() -> None:
    found = {room.name: room.purpose for room in rooms()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert found.keys() == modules - {"__init__", "migrations"}
    assert [name for name, purpose in found.items() if not purpose] == []


def test_a_page_that_is_stale_is_named_by_the_check_and_written_again_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "api.md"
    page.parent.mkdir()
    page.write_text("as it was")
    monkeypatch.setattr(generated_docs, "ROOT", tmp_path)
    monkeypatch.setattr(generated_docs, "pages", lambda: {page: "as it is"})
    assert generated_docs.main(["--check"]) == 1
    assert "docs/api.md is stale" in capsys.readouterr().err
    assert page.read_text() == "as it was"
    assert generated_docs.main([]) == 0
    assert page.read_text() == "as it is"
    assert generated_docs.main(["--check"]) == 0


def test_every_public_name_says_what_it_is() -> None:
    silent = [f"{name.module}.{name.name}" for name in public_names() if not name.text]
    assert silent == []


def test_lists_of_public_names_have_no_private_and_no_double_ones() -> None:
    names = [(name.module, name.name) for name in public_names()]
    assert len(names) == len(set(names))
    assert [name for _, name in names if name.startswith("_")] == []
