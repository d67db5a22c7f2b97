"""The text that an event brings, where it was written, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from gidgethub import sansio

from django_github_app.comments.mentions import MentionScope
from django_github_app.comments.sources import BODY_EVENTS, COMMENT_EVENTS, Source, is_bot, scopes_of
from django_github_app.testing import payloads
from tests.support.comment_events import comment, edit


def source(event: sansio.Event, **options: Any) -> Source:
    found = Source.from_event(event, **options)
    assert found is not None
    return found


def opened(**changes: Any) -> sansio.Event:
    data = {**payloads.build("issues", "opened", body="@bot deploy"), **changes}
    return sansio.Event(data, event="issues", delivery_id="1")


def test_a_new_comment_is_read_with_its_place_and_its_writer() -> None:
    event = comment("@bot deploy")
    found = source(event)
    data = event.data
    assert (found.event, found.scope, found.body, found.previous) == (
        "issue_comment",
        MentionScope.ISSUE,
        "@bot deploy",
        None,
    )
    assert (found.repo, found.number) == (data["repository"]["full_name"], data["issue"]["number"])
    assert (found.comment_id, found.comment_url) == (data["comment"]["id"], data["comment"]["url"])
    assert (found.sender, found.author, found.bot) == (data["sender"]["login"], None, False)
    assert found.identity == f"issue_comment:{data['comment']['id']}"
    assert found.people == (found.sender,)


def test_an_edit_brings_what_stood_there_before() -> None:
    assert source(edit("old", "new")).previous == "old"


def test_an_edit_of_somebody_elses_text_takes_both_peoples_rights() -> None:
    event = edit("old", "new")
    event.data["comment"]["user"] = {"login": "mona", "id": 99, "type": "User"}
    found = source(event)
    assert found.author == "mona"
    assert found.people == (found.sender, "mona")
    event.data["comment"]["user"] = None  # the account was deleted: nobody could be asked for
    assert Source.from_event(event) is None


def test_an_edit_of_something_else_brings_nothing() -> None:
    event = edit("old", "new")
    event.data["changes"] = {"title": {"from": "x"}}
    assert Source.from_event(event) is None


def test_a_body_is_read_where_bodies_are_asked_for_and_is_known_by_its_node() -> None:
    event = opened()
    found = source(event)
    assert (found.comment_id, found.comment_url) == (None, None)
    assert found.identity == f"issues:{event.data['issue']['node_id']}"
    assert Source.from_event(event, bodies=False) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "labeled"},
        {"sender": None},
        {"repository": {}},
        {"issue": {"body": ""}},
        {"action": "closed"},
    ],
)
def test_what_brings_no_text_of_anybody_brings_nothing(changes: dict[str, Any]) -> None:
    assert Source.from_event(opened(**changes)) is None


def test_an_event_without_a_place_for_text_brings_nothing() -> None:
    event = sansio.Event(payloads.build("push"), event="push", delivery_id="1")
    assert Source.from_event(event) is None


def test_an_app_that_writes_in_a_persons_name_is_a_bot_and_is_named() -> None:
    event = comment("@bot deploy")
    event.data["comment"]["performed_via_github_app"] = {"slug": "other-app"}
    found = source(event)
    assert (found.bot, found.app) == (True, "other-app")


@pytest.mark.parametrize(
    ("account", "machine"),
    [
        ({"type": "Bot", "login": "x"}, True),
        ({"type": "User", "login": "x[bot]"}, True),
        ({"type": "User", "login": "robot"}, False),
        ({}, False),
    ],
)
def test_a_machine_is_told_by_its_type_or_its_name(account: dict[str, Any], machine: bool) -> None:
    assert is_bot(account) is machine


def test_scopes_have_names_and_both_is_issues_and_pull_requests() -> None:
    assert scopes_of("both") == {MentionScope.ISSUE, MentionScope.PR}
    assert scopes_of(["commit", "discussion"]) == {MentionScope.COMMIT, MentionScope.DISCUSSION}
    with pytest.raises(ValueError, match="no scope 'wiki'; use issue, pr, commit, discussion, both"):
        scopes_of(["issue", "wiki"])
    with pytest.raises(ValueError, match="used nowhere"):
        scopes_of([])


def test_the_tables_say_which_actions_bring_a_text() -> None:
    assert COMMENT_EVENTS["issue_comment"] == ("created", "edited")
    assert COMMENT_EVENTS["pull_request_review"][0] == "submitted"
    assert BODY_EVENTS["issues"] == ("opened",)
    assert not COMMENT_EVENTS.keys() & BODY_EVENTS.keys()
