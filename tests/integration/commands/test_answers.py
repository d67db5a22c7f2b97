"""What the app says about commands: little, harmless, and until it stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from django_github_app.comments.mentions import extract_mentions
from django_github_app.errors import UserError
from django_github_app.models import EventStatus
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk


@pytest.fixture(autouse=True)
def _commands(gh: GitHubRouter) -> None:
    @gh.command("deploy", permission="write")
    async def deploy() -> None: ...

    @gh.command("fail")
    async def fail(cmd_args: str) -> None:
        raise UserError(f"There is no branch {cmd_args}")


def later(seconds: float = 60) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def test_the_text_of_a_user_error_mentions_nobody_and_closes_nothing(desk: Desk) -> None:
    desk.type("@bot fail cc @org/everyone, fixes #1\n")
    (said,) = desk.said
    assert (
        said.replace("\N{ZERO WIDTH SPACE}", "") == "@octocat: There is no branch cc @org/everyone, fixes #1"
    )
    assert [m.username for m in extract_mentions(said)] == ["octocat"]
    assert "#1" not in said


def test_a_user_error_of_a_mention_does_neither(desk: Desk, gh: GitHubRouter) -> None:
    @gh.mention(username="bot")
    async def mention(event: Any) -> None:
        raise UserError(event.data["comment"]["body"])

    desk.type("Hello @bot and @org/everyone")
    (said,) = desk.said
    assert [m.username for m in extract_mentions(said)] == ["octocat"]


# Feedback is owed until it stands


def test_an_answer_that_github_did_not_take_is_said_when_the_event_runs_again(desk: Desk) -> None:
    desk.github.fail_next(99, status=502, path="comments$")
    row = desk.type("@bot depoly")
    assert (row.status, desk.said) == (EventStatus.RETRYING, [])
    desk.github.faults.clear()
    row.runs.update(next_attempt_at=later(-60))
    type(row).objects.update(next_attempt_at=later(-60))
    desk.process(row)
    assert len(desk.said) == 1
