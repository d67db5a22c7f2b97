"""Where reactions and answers go: to what was written, wherever that was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_github_app.errors import UserError
from django_github_app.models import EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing.fake_github_conversations import Comment, Reactable
from tests.support.desk import REPO, Desk

ANSWERS = {"eyes", "rocket"}


@pytest.fixture
def ping(gh: GitHubRouter) -> None:
    @gh.command("ping", scope={"both", "commit", "discussion"})
    async def ping(context: Any) -> None:
        await context.reply(f"pong from a {context.scope}")


def base(desk: Desk) -> dict[str, Any]:
    return {
        "action": "created",
        "repository": {"id": desk.repo.id, "full_name": REPO, "name": "widgets", "owner": {"login": "octo"}},
        "sender": desk.github.world.user("octocat").json(),
    }


def answers(comments: list[Comment]) -> list[str]:
    return [c.body.split("\n\n<!--")[0] for c in comments if c.user.login == "bot[bot]"]


def issue_body(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    issue = desk.repo.issue(2, body="@bot ping")
    return "issues", {"action": "opened", "issue": issue.json()}, issue, issue.comments


def pull_request_body(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    pull = desk.repo.issue(3, body="@bot ping", is_pull=True)
    return "pull_request", {"action": "opened", "pull_request": pull.pull_json()}, pull, pull.comments


def pull_request_comment(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    pull = desk.repo.issue(3, is_pull=True)
    comment = pull.comment("@bot ping")
    return "issue_comment", {"issue": pull.json(), "comment": comment.json()}, comment, pull.comments


def review(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    pull = desk.repo.issue(3, is_pull=True)
    # The fake keeps reviews as plain data; a node to react to stands in for one.
    node = pull.comment("@bot ping")
    written = {"id": 5, "node_id": node.node_id, "body": "@bot ping", "html_url": "https://x"}
    payload = {"action": "submitted", "pull_request": pull.pull_json(), "review": written}
    return "pull_request_review", payload, node, pull.comments


def review_comment(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    pull = desk.repo.issue(3, is_pull=True)
    first = pull.review_comment("Why?", path="a.py", line=1)
    comment = pull.review_comment("@bot ping", in_reply_to_id=first.id)
    payload = {"pull_request": pull.pull_json(), "comment": comment.json()}
    return "pull_request_review_comment", payload, comment, pull.review_comments


def commit_comment(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    commit = desk.repo.commit("a" * 40)
    comment = commit.comment("@bot ping")
    return "commit_comment", {"comment": comment.json()}, comment, commit.comments


def discussion_comment(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    discussion = desk.repo.discussion(4)
    comment = discussion.comment("@bot ping")
    payload = {"discussion": discussion.json(), "comment": {**comment.json(), "parent_id": None}}
    return "discussion_comment", payload, comment, discussion.comments


def discussion_body(desk: Desk) -> tuple[str, dict[str, Any], Reactable, list[Comment]]:
    discussion = desk.repo.discussion(4)
    discussion.body = "@bot ping"
    return "discussion", {"discussion": discussion.json()}, discussion, discussion.comments


PLACES = [
    (issue_body, "issue"),
    (pull_request_body, "pr"),
    (pull_request_comment, "pr"),
    (review, "pr"),
    (review_comment, "pr"),
    (commit_comment, "commit"),
    (discussion_comment, "discussion"),
    (discussion_body, "discussion"),
]


@pytest.mark.parametrize(("write", "scope"), PLACES, ids=[write.__name__ for write, _ in PLACES])
def test_an_answer_goes_to_where_the_command_was_written(
    desk: Desk, ping: None, write: Callable[[Desk], Any], scope: str
) -> None:
    event, payload, written, comments = write(desk)
    row = desk.receive(event, {**base(desk), **payload}, delivery="1")
    assert row.status == EventStatus.DONE
    assert set(written.emoji) == ANSWERS
    assert answers(comments) == [f"pong from a {scope}"]


@pytest.mark.parametrize(("write", "scope"), PLACES, ids=[write.__name__ for write, _ in PLACES])
def test_an_answer_is_found_again_there_by_another_attempt(
    desk: Desk, gh: GitHubRouter, configure: Any, write: Callable[[Desk], Any], scope: str
) -> None:
    configure(RETRY_BACKOFF=0)
    tries: list[int] = []

    @gh.command("ping", scope={"both", "commit", "discussion"})
    async def ping(context: Any) -> None:
        tries.append(1)
        await context.reply("pong")
        if len(tries) == 1:
            raise ConnectionError

    event, payload, _, comments = write(desk)
    row = desk.receive(event, {**base(desk), **payload}, delivery="1")
    assert row.status == EventStatus.RETRYING
    desk.process(row)
    assert (len(tries), answers(comments)) == (2, ["pong"])


def test_a_reply_in_a_thread_is_answered_in_the_thread(desk: Desk, ping: None) -> None:
    event, payload, _, comments = review_comment(desk)
    desk.receive(event, {**base(desk), **payload}, delivery="1")
    assert comments[-1].parent["in_reply_to_id"] == comments[0].id
    event, payload, comment, comments = discussion_comment(desk)
    assert isinstance(comment, Comment)
    desk.receive(event, {**base(desk), **payload}, delivery="2")
    assert comments[-1].parent["reply_to"] == comment.node_id


def test_a_user_error_of_an_event_or_mention_callback_is_posted_too(desk: Desk, gh: GitHubRouter) -> None:
    @gh.mention(username="bot")
    async def mentioned() -> None:
        raise UserError("I do not do that.")

    @gh.event("push")
    async def pushed() -> None:
        raise UserError("Nobody can be told.")

    desk.type("Hello @bot")
    assert desk.said == ["@octocat: I do not do that."]
    row = desk.receive("push", {**base(desk), "ref": "refs/heads/main"}, delivery="2")
    assert row.status == EventStatus.DONE
