"""Writing twice leaves one: comments, reactions, statuses, check runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gidgethub import sansio

from django_github_app.errors import GitHubUnreachable
from django_github_app.github import (
    acheck_run,
    acomment_once,
    areact,
    areply,
    aset_status,
    aunreact,
    comment_once,
    react,
    reply,
)
from django_github_app.github.current import CurrentCall, current_call
from django_github_app.testing.fake_github_conversations import Comment
from tests.support.octo import Octo


def event_of(kind: str, octo: Octo, delivery: str = "d-1", **data: Any) -> sansio.Event:
    payload = {"action": "created", "repository": octo.repo.json(), **data}
    return sansio.Event(payload, event=kind, delivery_id=delivery)


def issue_comment(octo: Octo, delivery: str = "d-1") -> tuple[Comment, sansio.Event]:
    comment = octo.issue.comment("@bot hello", by="alice")
    return comment, event_of("issue_comment", octo, delivery, issue=octo.issue.json(), comment=comment.json())


@contextmanager
def call(handler: str) -> Iterator[None]:
    """What processing does around one run of a callback."""
    token = current_call.set(CurrentCall(handler))
    try:
        yield
    finally:
        current_call.reset(token)


def visible(bodies: list[str]) -> list[str]:
    return [body.split("\n\n<!--")[0] for body in bodies]


async def test_a_callback_that_runs_twice_leaves_one_reply(octo: Octo) -> None:
    _, event = issue_comment(octo)
    for text in ("Hello!", "Hello!", "Hello again!"):
        with call("app.greet"):
            await areply(octo.client(), event, text)
    assert visible(octo.issue.bodies) == ["@bot hello", "Hello again!"]
    assert octo.issue.comments[1].body.endswith("-->")


async def test_a_reply_whose_answer_was_lost_is_found_again(octo: Octo) -> None:
    _, event = issue_comment(octo)
    octo.github.fail_next(drop="after", method="POST", path="comments")
    with call("app.greet"), pytest.raises(GitHubUnreachable):
        await areply(octo.client(), event, "Hello!")
    with call("app.greet"):
        await areply(octo.client(), event, "Hello!")
    assert visible(octo.issue.bodies) == ["@bot hello", "Hello!"]


async def test_replies_of_other_callbacks_other_events_and_further_ones_are_comments_of_their_own(
    octo: Octo,
) -> None:
    _, first = issue_comment(octo)
    _, second = issue_comment(octo, delivery="d-2")
    for _ in range(2):
        with call("app.greet"):
            await areply(octo.client(), first, "one")
            await areply(octo.client(), first, "two")
        with call("app.other"):
            await areply(octo.client(), first, "three")
        with call("app.greet"):
            await areply(octo.client(), second, "four")
    assert visible(octo.issue.bodies)[2:] == ["one", "two", "three", "four"]


async def test_a_key_tells_replies_apart_whatever_their_order(octo: Octo) -> None:
    _, event = issue_comment(octo)
    for keys in (["a", "b"], ["b", "a"]):
        with call("app.greet"):
            for key in keys:
                await areply(octo.client(), event, f"about {key}", key=key)
    assert visible(octo.issue.bodies)[1:] == ["about a", "about b"]


async def test_a_marker_that_somebody_copied_is_not_ours(octo: Octo) -> None:
    _, event = issue_comment(octo)
    with call("app.greet"):
        await areply(octo.client(), event, "Hello!")
    copied = octo.issue.comments[1].body
    octo.repo.delete_comment(octo.issue.comments[1])
    octo.issue.comment(copied, by="mallory")
    octo.issue.comment(copied, by="other[bot]")
    with call("app.greet"):
        await areply(octo.client(), event, "Hello!")
    assert [c.user.login for c in octo.issue.comments[1:]] == ["mallory", "other[bot]", "bot[bot]"]


async def test_a_marker_that_the_app_quotes_from_somebody_is_not_its_own(octo: Octo) -> None:
    _, event = issue_comment(octo)
    address = f"/repos/octo/widgets/issues/{octo.issue.number}"
    marker = (await acomment_once(octo.client(), address, "80 %", key="coverage"))["body"].splitlines()[-1]
    octo.repo.delete_comment(octo.issue.comments[1])
    with call("app.greet"):
        await areply(octo.client(), event, f"What is `{marker}`?")
    await acomment_once(octo.client(), address, "90 %", key="coverage")
    assert visible(octo.issue.bodies)[1:] == [f"What is `{marker}`?", "90 %"]


async def test_one_comment_is_kept_per_conversation_and_key(octo: Octo) -> None:
    for number in range(120):
        octo.issue.comment(f"comment {number}")
    await acomment_once(
        octo.client(), f"/repos/octo/widgets/issues/{octo.issue.number}", "0 %", key="coverage"
    )
    _, event = issue_comment(octo)
    made = await acomment_once(octo.client(), event, "80 %", key="coverage")
    assert made["body"].startswith("80 %")
    ours = [c.body for c in octo.issue.comments if c.user.login == "bot[bot]"]
    assert visible(ours) == ["80 %"]


async def test_a_reply_stays_in_its_review_thread(octo: Octo) -> None:
    pull = octo.repo.pull(2)
    comment = pull.review_comment("why?", by="alice")
    event = event_of(
        "pull_request_review_comment", octo, pull_request=pull.pull_json(), comment=comment.json()
    )
    for _ in range(2):
        await areply(octo.client(), event, "because")
        await areact(octo.client(), event, "+1")
    assert visible([c.body for c in pull.review_comments]) == ["why?", "because"]
    assert pull.review_comments[1].parent["in_reply_to_id"] == comment.id
    assert comment.emoji == ["+1"]


async def test_a_commit_is_replied_to(octo: Octo) -> None:
    commit = octo.repo.commit("a" * 40)
    comment = commit.comment("nice", by="alice")
    event = event_of("commit_comment", octo, comment=comment.json())
    for _ in range(2):
        await areply(octo.client(), event, "thanks")
        await areact(octo.client(), event, "heart")
    assert visible(commit.bodies) == ["nice", "thanks"]
    assert comment.emoji == ["heart"]


async def test_a_discussion_is_replied_to_under_the_comment_that_asked(octo: Octo) -> None:
    discussion = octo.repo.discussion(3)
    question = discussion.comment("how?", by="alice", parent_id=None)
    nested = discussion.comment("yes, how?", by="bob", parent_id=question.id, reply_to=question.node_id)
    for comment in (question, nested):
        event = event_of("discussion_comment", octo, discussion=discussion.json(), comment=comment.json())
        for _ in range(2):
            with call(f"app.answer.{comment.id}"):
                await areply(octo.client(), event, "like this")
            await areact(octo.client(), event, "eyes")
    assert visible(discussion.bodies) == ["how?", "yes, how?", "like this", "like this"]
    assert [c.parent["reply_to"] for c in discussion.comments[2:]] == [question.node_id] * 2
    assert (question.emoji, nested.emoji) == (["eyes"], ["eyes"])
    await aunreact(octo.client(), event, "eyes")
    assert nested.emoji == []


async def test_an_issue_and_a_pull_request_themselves_are_replied_and_reacted_to(octo: Octo) -> None:
    issue = event_of("issues", octo, issue=octo.issue.json())
    pull = octo.repo.pull(2)
    opened = event_of("pull_request", octo, pull_request=pull.pull_json())
    for event in (issue, opened):
        await areply(octo.client(), event, "Hello")
        await areact(octo.client(), event, "rocket")
    assert visible(octo.issue.bodies) == visible(pull.bodies) == ["Hello"]
    assert octo.issue.emoji == pull.emoji == ["rocket"]


async def test_a_reaction_is_taken_back(octo: Octo) -> None:
    comment, event = issue_comment(octo)
    comment.react(octo.github.world, "eyes", octo.github.world.user("alice"))
    await areact(octo.client(), event, "eyes")
    await areact(octo.client(), event, "eyes")
    assert len(comment.reactions) == 2
    for _ in range(2):
        await aunreact(octo.client(), event, "eyes")
    assert [r.user.login for r in comment.reactions] == ["alice"]


async def test_a_status_that_is_set_already_is_not_set_again(octo: Octo) -> None:
    pull = octo.repo.pull(2)
    sha = pull.pull_json()["head"]["sha"]
    octo.repo.commit(sha)
    event = event_of("pull_request", octo, pull_request=pull.pull_json())
    for state in ("pending", "pending", "success", "success"):
        await aset_status(octo.client(), event, state, description="tests")
    assert [s["state"] for s in octo.repo.commit(sha).statuses] == ["pending", "success"]
    assert {s["context"] for s in octo.repo.commit(sha).statuses} == {"bot"}


async def test_a_check_run_of_an_event_is_made_once_and_updated(octo: Octo) -> None:
    event = event_of("push", octo, after="b" * 40)
    again = event_of("push", octo, delivery="d-2", after="b" * 40)
    await acheck_run(octo.client(), event, "lint", status="in_progress")
    await acheck_run(octo.client(), event, "lint", conclusion="success")
    await acheck_run(octo.client(), again, "lint", status="in_progress")
    runs = octo.repo.commit("b" * 40).check_runs
    assert [(run["external_id"], run["conclusion"]) for run in runs] == [("d-1", "success"), ("d-2", None)]


async def test_an_event_without_a_conversation_says_so(octo: Octo) -> None:
    event = event_of("push", octo, after="b" * 40)
    with pytest.raises(ValueError, match="push event has no conversation"):
        await areply(octo.client(), event, "Hello")
    with pytest.raises(ValueError, match="push event brings nothing"):
        await areact(octo.client(), event, "eyes")


def test_synchronous_callbacks_write_with_the_twins(octo: Octo) -> None:
    comment, event = issue_comment(octo)
    gh = octo.sync_client()
    for _ in range(2):
        with call("app.greet"):
            made = reply(gh, event, "Hello!")
        react(gh, event, "eyes")
        comment_once(gh, event, "Welcome", key="welcome")
    assert made["user"]["login"] == "bot[bot]"
    assert visible(octo.issue.bodies) == ["@bot hello", "Hello!", "Welcome"]
    assert comment.emoji == ["eyes"]
