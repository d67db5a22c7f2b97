"""Callbacks that name ``context`` get one; those that do not are called as before."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app import context as contexts
from django_github_app.comments.mentions import Mention
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import deliver
from tests.support.desk import Desk


def errors(row: Any) -> list[str | None]:
    return [run.error for run in row.runs.order_by("id")]


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_an_event_callback_replies_and_reacts_whatever_worker_runs_it(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[contexts.Context] = []

    @gh.event("issue_comment.created")
    async def asynchronous(context: contexts.AsyncEventContext) -> None:
        seen.append(context)
        await context.reply(f"from a coroutine to {context.sender}")
        await context.react("eyes")

    @gh.event("issue_comment.created")
    def synchronous(event: Any, *, context: contexts.SyncEventContext) -> None:
        seen.append(context)
        context.reply("from a function")
        context.react("heart")

    row = desk.type("hello")
    assert errors(row) == [None, None]
    assert desk.said == ["from a coroutine to octocat", "from a function"]
    assert desk.reactions == ["eyes", "heart"]
    assert [type(one) for one in seen] == [contexts.AsyncEventContext, contexts.SyncEventContext]
    assert (seen[0].event_id, seen[0].delivery) == (row.pk, "delivery-1")
    assert seen[0].installation == desk.installation.id
    assert (seen[0].repo, seen[0].number) == ("octo/widgets", 1)


def test_an_event_that_is_tried_again_is_answered_once(desk: Desk, gh: GitHubRouter) -> None:
    tries: list[int] = []

    @gh.event("issue_comment.created")
    async def answer(context: contexts.AsyncEventContext) -> None:
        await context.reply("once")
        tries.append(1)
        if len(tries) == 1:
            raise OSError

    row = desk.type("hello")
    row.runs.update(next_attempt_at=None)
    type(row).objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    desk.process(row)
    assert len(tries) == 2
    assert desk.said == ["once"]


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_mention_callback_gets_both_contexts_in_one(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[Any] = []

    @gh.mention(username="bot")
    async def mentioned(event: Any, context: contexts.AsyncMentionContext) -> None:
        seen.append(context)
        await context.reply(f"{context.mention.username} in {context.scope} by {context.sender}")

    row = desk.type("hello @bot")
    assert errors(row) == [None]
    (context,) = seen
    assert issubclass(type(context), Mention)
    assert context.repo(path="x") == {"owner": "octo", "repo": "widgets", "path": "x"}
    assert desk.said == ["bot in issue by octocat"]


def test_a_command_has_the_same_helpers(desk: Desk, gh: GitHubRouter) -> None:
    said: list[Any] = []

    @gh.command("where")
    def where(context: contexts.SyncCommandContext) -> None:
        said.append(
            (context.issue(), context.is_bot, context.event.event, context["is_bot"], "log" in context)
        )

    desk.type(f"@{desk.github.slug} where")
    assert said == [
        ({"owner": "octo", "repo": "widgets", "issue_number": 1}, False, "issue_comment", False, True)
    ]


@pytest.mark.django_db
def test_a_callback_that_takes_the_rest_is_not_given_one(gh: GitHubRouter) -> None:
    seen: list[dict[str, Any]] = []

    @gh.event("push")
    async def pushed(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(kwargs)

    deliver("push")
    assert seen == [{}]


@pytest.mark.django_db
def test_an_event_without_a_conversation_says_so(gh: GitHubRouter) -> None:
    @gh.event("push")
    async def pushed(context: contexts.AsyncEventContext) -> None:
        await context.reply("where to?")

    (error,) = errors(deliver("push"))
    assert "a push event has no conversation to reply to" in str(error)
