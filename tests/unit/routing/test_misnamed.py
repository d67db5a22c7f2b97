"""Callbacks for events and actions that GitHub never sends."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.routing import GitHubRouter, misnamed
from django_github_app.routing.sources import Named


@pytest.fixture(autouse=True)
def _alone() -> Any:
    with GitHubRouter.isolated():
        yield


def test_what_is_registered_is_looked_at_with_its_place() -> None:
    gh = GitHubRouter()

    @gh.event("isues", action="opened")
    def welcome(event: Any) -> None: ...

    @gh.event("issues", action="opened")
    def fine(event: Any) -> None: ...

    @gh.mention()
    def called(event: Any) -> None: ...

    (found,) = misnamed.misnamed(with_sources=False)
    assert found.handler.endswith(".welcome")
    assert "did you mean 'issues'?" in found.problem
    assert str(found) == f"{__file__}:{welcome.__code__.co_firstlineno}, {found.handler}: {found.problem}"


def test_an_object_without_code_is_named_without_a_place() -> None:
    class Callback:
        def __call__(self, event: Any) -> None: ...

    GitHubRouter().event("isues")(Callback())
    (found,) = misnamed.misnamed(with_sources=False)
    assert (found.file, found.line) == ("", 0)


def test_sources_are_read_where_nobody_has_imported_them(monkeypatch: pytest.MonkeyPatch) -> None:
    named = [
        Named("isues", None, "welcome", "bot.py", 7),
        Named("issues", frozenset({"opend"}), "greet", "bot.py", 3),
        Named(None, None, "called", "bot.py", 1),
    ]
    monkeypatch.setattr(misnamed, "read_handlers", lambda worker_type: named)
    assert [(one.line, one.handler) for one in misnamed.misnamed()] == [(3, "greet"), (7, "welcome")]
    assert misnamed.misnamed(with_sources=False) == []
