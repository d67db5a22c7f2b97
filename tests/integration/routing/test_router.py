"""What a worker loads its handlers for, and what it says of them."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.routing import GitHubRouter


def test_a_worker_says_at_the_start_which_commands_are_hidden(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": []}}

    def one(event: Any) -> None: ...

    def two(event: Any) -> None: ...

    with GitHubRouter.isolated():
        monkeypatch.setattr(GitHubRouter, "_loaded", set())
        monkeypatch.setattr(GitHubRouter, "_load", lambda module: None)
        gh = GitHubRouter()
        gh.command("deploy")(one)
        gh.command("deploy")(two)
        GitHubRouter.ensure_sync_handlers_loaded()
        GitHubRouter.ensure_sync_handlers_loaded()
    (hidden,) = [r for r in caplog.records if "is never called" in r.getMessage()]
    assert hidden.__dict__["command"] == "deploy"
    assert hidden.__dict__["handler"].endswith(".two")
    assert hidden.__dict__["called"].endswith(".one")
