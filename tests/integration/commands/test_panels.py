"""Ticking an item of a panel runs its command as whoever ticked it, and unticks it."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.context import AsyncCommandContext
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk, runs


@pytest.fixture
def calls(gh: GitHubRouter) -> list[Any]:
    """A panel that ``@bot panel`` posts, and what its items have called."""
    found: list[Any] = []

    @gh.command("panel")
    async def panel(context: AsyncCommandContext) -> None:
        text = context.panel(
            {"Rebase this": "rebase", "Deploy to *staging*": 'deploy "stag ing"', "Break": "broken"}
        )
        await context.reply(f"What next?\n\n{text}")

    @gh.command("rebase", permission="write")
    async def rebase(context: AsyncCommandContext) -> None:
        found.append(("rebase", context.sender))

    @gh.command("deploy", permission="admin")
    def deploy(context: Any, cmd_args: str) -> None:
        found.append(("deploy", context.sender, context.args))

    @gh.command("broken")
    def broken(context: Any) -> None:
        raise LookupError

    return found


def post(desk: Desk) -> None:
    desk.type(f"@{desk.github.slug} panel")
    desk.comment = desk.issue.comments[-1]
    assert desk.comment.body.count("- [ ]") == 3


def tick(desk: Desk, label: str, delivery: str, by: str = "octocat", role: str = "write") -> Any:
    desk.repo.roles[by] = role
    return desk.edit(desk.comment.body.replace(f"- [ ] {label}", f"- [x] {label}"), by=by, delivery=delivery)


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_tick_runs_the_command_as_whoever_ticked_and_opens_the_item_again(
    desk: Desk, calls: list[Any]
) -> None:
    post(desk)
    row = tick(desk, "Rebase this", "tick-1", by="alice")
    assert runs(row) == [("rebase", "succeeded")]
    assert calls == [("rebase", "alice")]
    assert "[x]" not in desk.comment.body
    tick(desk, "Rebase this", "tick-2", by="bob")
    tick(desk, "Deploy to *staging*", "tick-3", by="carol", role="admin")
    assert calls == [("rebase", "alice"), ("rebase", "bob"), ("deploy", "carol", ("stag ing",))]
    assert desk.comment.body.count("- [ ]") == 3


def test_a_redelivery_of_a_tick_runs_nothing(desk: Desk, calls: list[Any]) -> None:
    post(desk)
    tick(desk, "Rebase this", "tick-1")
    desk.redeliver()
    assert len(calls) == 1


def test_who_may_not_is_told_and_the_item_is_open_again(desk: Desk, calls: list[Any]) -> None:
    post(desk)
    row = tick(desk, "Deploy to *staging*", "tick-1", by="alice", role="write")
    assert runs(row) == [("deploy", "rejected")]
    assert calls == []
    assert "needs admin access" in desk.said[-1]
    assert "[x]" not in desk.comment.body


def test_an_item_whose_command_fails_for_good_is_open_again(
    desk: Desk, calls: list[Any], configure: Any
) -> None:
    configure(MAX_ATTEMPTS=1)
    post(desk)
    tick(desk, "Break", "tick-1")
    assert "[x]" not in desk.comment.body


@pytest.mark.parametrize("change", ["label", "command", "elsewhere", "not the app's"])
def test_an_item_that_the_app_did_not_write_is_never_run(desk: Desk, calls: list[Any], change: str) -> None:
    post(desk)
    body = desk.comment.body
    if change == "label":
        forged = body.replace("Rebase this", "Look at this")
    elif change == "command":
        lines = body.splitlines()
        rebase, deploy = (next(x for x in lines if word in x) for word in ("Rebase", "staging"))
        forged = body.replace(rebase.partition("<!--")[2], deploy.partition("<!--")[2])
    else:
        forged = body
        desk.comment = (desk.repo.issue(2) if change == "elsewhere" else desk.issue).comment(
            body, f"{desk.github.slug}[bot]" if change == "elsewhere" else "mallory"
        )
        if change == "elsewhere":
            desk.issue = desk.repo.issue(2)
    desk.comment.body = forged
    row = desk.edit(forged.replace("- [ ]", "- [x]", 1), by="octocat", delivery="tick-1")
    assert calls == []
    assert runs(row) == []


def test_the_apps_own_edit_and_an_item_that_was_ticked_before_run_nothing(
    desk: Desk, calls: list[Any]
) -> None:
    post(desk)
    tick(desk, "Rebase this", "tick-1", by=f"{desk.github.slug}[bot]")
    desk.edit(desk.comment.body + "\nmore", by="octocat", delivery="edit-2")
    assert calls == []
