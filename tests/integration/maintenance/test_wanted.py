"""Which deliveries a handler wants is told by event and action."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.maintenance import wanted
from django_github_app.routing import GitHubRouter


def test_it_is_told_by_event_and_action(gh: GitHubRouter) -> None:
    @gh.event("issues", action=["opened", "closed"])
    @gh.event("push")
    @gh.event("label", label__name="bug")
    async def note(event: Any) -> None: ...

    @gh.command("hello")
    async def hello(event: Any, gh: Any) -> None: ...

    is_wanted = wanted.wants()
    asked = [("issues", "opened"), ("issues", "labeled"), ("push", None), ("label", "created")]
    assert [is_wanted(*one) for one in asked] == [True, False, True, True]
    assert is_wanted("issue_comment", "created")
    assert not is_wanted("star", "created")


def test_a_handler_of_every_event_wants_all(gh: GitHubRouter) -> None:
    @gh.event("*")
    async def note(event: Any) -> None: ...

    assert wanted.wants()("star", "created")


def test_all_are_wanted_where_the_settings_say_so(gh: GitHubRouter, settings: Any) -> None:
    assert not wanted.wants()("star", "created")
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RECOVER_MISSED": "all"}
    assert wanted.wants()("star", "created")


def test_all_are_wanted_while_a_handler_module_cannot_be_imported(
    gh: GitHubRouter, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitHubRouter, "_loaded", set())
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": ["no.such.module"], "async": []}}
    assert wanted.wants()("star", "created")
