"""What the app says about commands: little, harmless, and until it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from django_github_app.comments.mentions import extract_mentions
from django_github_app.context.base import Speaker
from django_github_app.errors import UserError
from django_github_app.execution import answer_budget
from django_github_app.execution import commands as execution
from django_github_app.github import cache, requests
from django_github_app.maintenance import overdue_commands
from django_github_app.models import CommandClaim, EventStatus
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk, runs


@pytest.fixture(autouse=True)
def _commands(gh: GitHubRouter) -> None:
    @gh.command("deploy", permission="write")
    async def deploy() -> None: ...

    @gh.command("fail")
    async def fail(cmd_args: str) -> None:
        raise UserError(f"There is no branch {cmd_args}")


def writes(desk: Desk) -> int:
    return sum(r.method == "POST" and "access_tokens" not in r.path for r in desk.github.requests)


def later(seconds: float = 60) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def test_twenty_commands_of_a_stranger_get_one_answer_and_few_requests(desk: Desk) -> None:
    row = desk.type("@bot deploy\n" * 10 + "@bot depoly\n" + "@bot help\n" * 9, by="stranger", role="none")
    assert len(desk.said) == 1
    assert desk.reactions[0] == "-1"
    assert len(desk.github.requests) <= 8
    assert row.status == EventStatus.DONE
    assert len(runs(row)) == 20


def test_a_person_who_types_again_and_again_is_not_answered_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_budget, "MOST_ANSWERS", 2)
    for number in range(4):
        desk.type("@bot deploy", by="stranger", role="none", delivery=f"d-{number}")
    assert len(desk.said) == 2
    before = len(desk.github.requests)
    desk.type("@bot deploy\n@bot help", by="Stranger", role="none", delivery="d-9")
    assert writes(desk) == sum(
        r.method == "POST" and "tokens" not in r.path for r in desk.github.requests[:before]
    )
    desk.type("@bot deploy", by="other", role="none", delivery="d-10")
    assert len(desk.said) == 3


def test_an_edited_comment_is_answered_again(desk: Desk) -> None:
    desk.type("@bot depoly")
    desk.edit("@bot deplyo")
    assert len(desk.said) == 2


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


@pytest.fixture
def outage(desk: Desk) -> Callable[[], None]:
    desk.github.fail_next(99, status=502, path="reactions")

    def end() -> None:
        desk.github.faults.clear()
        requests.outages.forget()  # as if the pause that GitHub is given were over
        cache.backend().clear()

    return end


@pytest.mark.parametrize(
    ("text", "reactions"), [("@bot deploy", ["eyes", "rocket"]), ("@bot depoly", ["confused"])]
)
def test_reactions_that_github_did_not_take_are_repeated_until_they_stand(
    desk: Desk, outage: Callable[[], None], text: str, reactions: list[str]
) -> None:
    desk.type(text)
    assert desk.reactions == []
    assert CommandClaim.objects.get().owed.split() == reactions
    assert overdue_commands.repeat_feedback(later()) == 0
    assert CommandClaim.objects.get().owed.split() == reactions
    outage()
    execution.answer_overdue()  # a moment too early
    assert desk.reactions == []
    assert overdue_commands.repeat_feedback(later()) == len(reactions)
    assert desk.reactions == reactions
    assert CommandClaim.objects.get().owed == ""
    assert overdue_commands.repeat_feedback(later()) == 0


def test_a_worker_that_is_killed_before_it_reacts_leaves_the_reaction_to_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    react = Speaker.react

    async def killed(self: Any, content: Any) -> None:
        if content == "rocket":
            raise Killed
        await react(self, content)

    with monkeypatch.context() as patched:
        patched.setattr(Speaker, "react", killed)
        with suppress(BaseException):  # whatever a killed worker looks like
            desk.type("@bot deploy")
    assert desk.reactions == ["eyes"]
    assert overdue_commands.repeat_feedback(later()) == 1
    assert desk.reactions == ["eyes", "rocket"]


def test_the_reaction_to_a_command_that_failed_for_good_is_owed_too(
    desk: Desk, outage: Callable[[], None], gh: GitHubRouter, with_settings: Callable[..., None]
) -> None:
    @gh.command("explode")
    async def explode(**kwargs: Any) -> None:
        raise RuntimeError

    with_settings(MAX_ATTEMPTS=1)
    desk.type("@bot explode")
    assert CommandClaim.objects.get().owed.split() == ["eyes", "confused"]
    outage()
    overdue_commands.repeat_feedback(later())
    assert (desk.reactions, CommandClaim.objects.get().owed) == (["eyes", "confused"], "")


def test_a_reaction_that_stands_is_not_owed(desk: Desk) -> None:
    desk.type("@bot deploy")
    assert (CommandClaim.objects.get().owed, desk.reactions) == ("", ["eyes", "rocket"])


def test_a_reaction_that_github_refuses_is_not_owed_for_ever(desk: Desk) -> None:
    CommandClaim.objects.all().delete()
    desk.github.fail_next(99, status=404, path="reactions")
    desk.type("@bot deploy")
    assert CommandClaim.objects.get().owed == ""


def test_an_answer_that_github_did_not_take_is_said_when_the_event_runs_again(desk: Desk) -> None:
    desk.github.fail_next(99, status=502, path="comments$")
    row = desk.type("@bot depoly")
    assert (row.status, desk.said) == (EventStatus.RETRYING, [])
    desk.github.faults.clear()
    row.runs.update(next_attempt_at=later(-60))
    type(row).objects.update(next_attempt_at=later(-60))
    desk.process(row)
    assert len(desk.said) == 1
