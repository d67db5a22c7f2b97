"""What handler modules register, read from their sources without importing them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from django_github_app.routing import sources
from django_github_app.routing.sources import declares_schedules, named_in, read_handlers

MODULE = """
from .more import x

@gh.event("issues.opened")
def one(event): ...

@gh.event(["push", "issues"], action={"closed"})
async def two(event): ...

@gh.event(NAME, action="x")
@gh.mention()
def three(event): ...

@gh.command("deploy")
def four(): ...

@other
@cache.clear()
def five(): ...
"""


def found(text: str) -> list[tuple[str | None, Any, str]]:
    named = [
        (one.event, one.actions and sorted(one.actions), one.handler)
        for one in named_in(ast.parse(text), "f")
    ]
    return sorted(named, key=str)


def test_each_decorator_of_a_callback_is_read() -> None:
    assert found(MODULE) == sorted(
        [
            ("issues", ["opened"], "one"),
            ("push", ["closed"], "two"),
            ("issues", ["closed"], "two"),
            (None, None, "three"),
            (None, None, "three"),
            (None, None, "four"),
        ],
        key=str,
    )


def test_it_says_where_they_stand() -> None:
    (first,) = named_in(ast.parse('\n@gh.event(event_type="push")\ndef x(): ...'), "bot/handlers.py")
    assert (first.file, first.line, first.event) == ("bot/handlers.py", 2, "push")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    folder = tmp_path / "bot_of_sources"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('nobody imports it')\n")
    (folder / "handlers.py").write_text(
        "from . import more\nfrom .other import x\nimport os\n@gh.event('push')\ndef a(): ...\n"
        "def f():\n    from .late import y\n"
    )
    (folder / "more.py").write_text(
        "@gh.event('issues')\ndef b(): ...\n@gh.schedule('* * * * *')\ndef c(): ...\n"
    )
    (folder / "other.py").write_text("this is no Python\n")
    (folder / "late.py").write_text("@gh.event('star')\ndef d(): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sources, "handler_modules", lambda worker_type: ["bot_of_sources.handlers"])
    monkeypatch.setattr(sources, "find_module", _spec_of(tmp_path))
    return folder


def _spec_of(root: Path) -> Any:
    """Find modules without importing the packages that they are in."""
    from importlib.machinery import ModuleSpec

    def find(name: str) -> ModuleSpec | None:
        path = root.joinpath(*name.split("."))
        origin = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not origin.exists():
            return None
        return ModuleSpec(name, None, origin=str(origin), is_package=path.is_dir())

    return find


def test_modules_that_a_handler_module_imports_of_its_package_are_read_too(package: Path) -> None:
    read = {(one.event, one.handler, Path(one.file).name) for one in read_handlers("sync")}
    assert read == {("push", "a", "handlers.py"), ("issues", "b", "more.py"), (None, "c", "more.py")}
    assert "bot_of_sources" not in sys.modules


def test_a_schedule_is_found_wherever_it_is_declared(package: Path) -> None:
    assert declares_schedules("sync")
    (package / "more.py").write_text("")
    assert not declares_schedules("sync")


def test_no_more_files_are_read_than_there_may_be(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_FILES", 1)
    assert {one.handler for one in read_handlers("sync")} == {"a"}
