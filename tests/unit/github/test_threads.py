"""Where an event's conversation is, and what a reaction to it goes to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from gidgethub import sansio

from django_github_app.github.threads import (
    DiscussionThread,
    RestThread,
    happened_after,
    head_of,
    reactions_of,
    repo_of,
    thread_of,
    written_at,
)

REPO = {"repository": {"full_name": "o/r"}}


def event(name: str, **data: Any) -> sansio.Event:
    return sansio.Event({**REPO, **data}, event=name, delivery_id="1")


ISSUE = RestThread(
    "/repos/o/r/issues/7/comments", "/repos/o/r/issues/7/comments", "/repos/o/r/issues/comments/{id}"
)


@pytest.mark.parametrize(
    "made",
    [
        event("issues", issue={"number": 7}),
        event("issue_comment", issue={"number": 7}, comment={"id": 1}),
        event("pull_request", pull_request={"number": 7}),
    ],
)
def test_issues_and_pull_requests_are_answered_as_issues(made: sansio.Event) -> None:
    assert thread_of(made) == ISSUE


@pytest.mark.parametrize("kind", ["issues", "pulls"])
def test_an_address_of_the_api_is_a_thread_too(kind: str) -> None:
    found = thread_of(f"https://api.x/repos/o/r/{kind}/7/")
    assert found == RestThread(
        "https://api.x/repos/o/r/issues/7/comments",
        "https://api.x/repos/o/r/issues/7/comments",
        "https://api.x/repos/o/r/issues/comments/{id}",
    )


@pytest.mark.parametrize(("comment", "first"), [({"id": 5}, 5), ({"id": 6, "in_reply_to_id": 5}, 5)])
def test_a_reply_on_a_diff_goes_to_the_first_comment_there(comment: dict[str, int], first: int) -> None:
    made = event("pull_request_review_comment", pull_request={"number": 7}, comment=comment)
    assert thread_of(made) == RestThread(
        "/repos/o/r/pulls/7/comments",
        f"/repos/o/r/pulls/7/comments/{first}/replies",
        "/repos/o/r/pulls/comments/{id}",
    )


def test_a_commit_has_comments_of_its_own() -> None:
    made = event("commit_comment", comment={"id": 1, "commit_id": "abc"})
    found = thread_of(made)
    assert isinstance(found, RestThread)
    assert found.post_url == "/repos/o/r/commits/abc/comments"


def test_a_discussion_is_answered_under_the_comment_that_asked() -> None:
    made = event(
        "discussion_comment", discussion={"node_id": "D"}, comment={"node_id": "C", "parent_id": None}
    )
    assert thread_of(made) == DiscussionThread("D", "C")
    made.data["comment"]["parent_id"] = 1
    assert thread_of(made) == DiscussionThread("D", "C", is_answer=True)


@pytest.mark.parametrize("call", [thread_of, reactions_of])
def test_an_event_without_a_conversation_is_named(call: Any) -> None:
    with pytest.raises(ValueError, match="push"):
        call(event("push"))


def test_a_listing_begins_where_it_is_told() -> None:
    since = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert ISSUE.listing(None) == "/repos/o/r/issues/7/comments?per_page=100"
    assert ISSUE.listing(since).endswith("?per_page=100&since=2026-01-02T03%3A04%3A05Z")


@pytest.mark.parametrize(
    ("made", "address"),
    [
        (event("issues", issue={"number": 7}), "/repos/o/r/issues/7/reactions"),
        (
            event("issue_comment", issue={"number": 7}, comment={"id": 5}),
            "/repos/o/r/issues/comments/5/reactions",
        ),
        (event("commit_comment", comment={"id": 5}), "/repos/o/r/comments/5/reactions"),
        (
            event("pull_request_review_comment", pull_request={"number": 7}, comment={"id": 5}),
            "/repos/o/r/pulls/comments/5/reactions",
        ),
        (event("discussion", discussion={"node_id": "D"}), "D"),
        (event("discussion_comment", discussion={"node_id": "D"}, comment={"node_id": "C"}), "C"),
    ],
)
def test_a_reaction_goes_to_what_the_event_brought(made: sansio.Event, address: str) -> None:
    assert reactions_of(made) == address


@pytest.mark.parametrize(
    ("data", "sha"),
    [
        ({"check_run": {"head_sha": "a"}, "after": "b"}, "a"),
        ({"pull_request": {"head": {"sha": "c"}}}, "c"),
        ({"comment": {"commit_id": "d"}, "sha": "e"}, "d"),
        ({"sha": "e", "after": "f"}, "e"),
        ({"after": "f"}, "f"),
    ],
)
def test_the_commit_of_an_event_is_found(data: dict[str, Any], sha: str) -> None:
    assert head_of(data) == sha


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="about no commit"):
        head_of({"issue": {}})
    with pytest.raises(ValueError, match="no repository"):
        repo_of({})


def test_an_answer_is_no_older_than_a_minute_before_what_it_answers() -> None:
    when = "2026-01-02T03:04:05Z"
    expected = dt.datetime(2026, 1, 2, 3, 3, 5, tzinfo=dt.UTC)
    assert written_at({"created_at": when}) == written_at({"submitted_at": when}) == expected
    assert written_at({}) is None
    assert written_at({"created_at": "soon"}) is None
    made = event("issue_comment", issue={"created_at": "2020-01-01T00:00:00Z"}, comment={"created_at": when})
    assert happened_after(made) == expected
    assert happened_after(event("push")) is None
