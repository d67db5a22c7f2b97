"""``@app cancel``, where a project says who may type it."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.errors import UserError
from django_github_app.events import cancel
from django_github_app.models import FlowPlace, HandlerRun
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


class Context:
    """What the command asks of its context."""

    def __init__(self, event_id: int, repo: str, number: int | None) -> None:
        self.event_id, self.repo, self.number, self.sender = event_id, repo, number, "octocat"
        self.said: list[str] = []

    def reply(self, text: str) -> None:
        self.said.append(text)


def test_it_is_a_command_only_of_projects_that_say_who_may_use_it(settings: Any) -> None:
    with GitHubRouter.isolated():
        cancel.register(gh := GitHubRouter())
        assert gh.registrations == []
        settings.GITHUB_APP = {**settings.GITHUB_APP, "CANCEL_PERMISSION": "write"}
        cancel.register(gh)
        commands = {r.command for r in gh.registrations}
    (command,) = commands
    assert command is not None
    assert (command.name, command.permission.level is not None) == ("cancel", True)


def test_what_runs_for_the_issue_is_cancelled_and_the_person_is_told() -> None:
    row, other = store("issues", "opened", number=7), store("issues", "opened", number=8)
    for one in (row, other):
        FlowPlace.objects.create(
            key=one.pk, event_id=one.pk, handler="app.build", position=0, kind="event", label="app.build", attempt=1,
            tries=1, state=0, most=1, counts=True, since=0.0,
        )  # fmt: skip
    context = Context(0, row.repository or "", 7)
    cancel.cancel(context)
    assert context.said == ["Cancelled: 1 run."]
    assert HandlerRun.objects.get().error == "cancelled by @octocat"
    assert FlowPlace.objects.get().event_id == other.pk
    with pytest.raises(UserError, match="Nothing runs here"):
        cancel.cancel(context)


def test_where_there_is_no_number_there_is_nothing_to_cancel() -> None:
    with pytest.raises(UserError, match="nothing here"):
        cancel.cancel(Context(0, "octo/widgets", None))
