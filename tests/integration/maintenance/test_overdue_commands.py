"""What is owed to people who typed commands: an outcome that never came, a reaction that GitHub did not take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from django_github_app.context.base import Speaker
from django_github_app.errors import UserError
from django_github_app.execution import commands as execution
from django_github_app.github import cache, requests
from django_github_app.maintenance import overdue_commands
from django_github_app.models import CommandClaim, EventStatus
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
    desk: Desk, outage: Callable[[], None], gh: GitHubRouter, configure: Callable[..., None]
) -> None:
    @gh.command("explode")
    async def explode(**kwargs: Any) -> None:
        raise RuntimeError

    configure(MAX_ATTEMPTS=1)
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


def test_a_command_without_outcome_is_reported_once(
    desk: Desk, gh: GitHubRouter, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    from django_github_app import tasks

    configure(COMMAND_OVERDUE=0)

    @gh.command("merge")
    async def merge() -> None:
        raise ConnectionError

    row = desk.type("@bot merge")
    assert row.status == EventStatus.RETRYING
    tasks.watch_commands()
    tasks.watch_commands()
    assert desk.said == [
        "@octocat: `@bot merge` was taken more than 0 seconds ago and has no outcome yet. Those who run this app "
        "find it in their log."
    ]
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == ["command has no outcome"]
