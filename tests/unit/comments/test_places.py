"""Whose text an event brings, at every place where people write."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from gidgethub import sansio

from django_github_app import commands
from django_github_app.commands import Command
from django_github_app.comments.mentions import Mention
from django_github_app.comments.places import PLACES, MentionScope
from django_github_app.github.threads import reactions_of, thread_of
from django_github_app.setup.needs import PERMISSION_OF_EVENT
from django_github_app.testing import payloads
from django_github_app.testing.payload_objects import user

KNOWN = [Command.make("deploy", lambda: None, scope={"both", "commit", "discussion"})]
ACTIONS = [
    "assigned",
    "answered",
    "category_changed",
    "closed",
    "converted_to_draft",
    "deleted",
    "demilestoned",
    "dismissed",
    "edited",
    "labeled",
    "locked",
    "milestoned",
    "opened",
    "created",
    "submitted",
    "pinned",
    "ready_for_review",
    "reopened",
    "review_requested",
    "synchronize",
    "transferred",
    "typed",
    "unlabeled",
    "unpinned",
    "auto_merge_enabled",
]
EVERY = sorted(PLACES)


def event_of(
    name: str, action: str, *, author: object = "octocat", sender: str = "octocat", **more: Any
) -> Any:
    text = "@bot deploy"
    data = payloads.build(name, action, comment=text, body=text, sender=sender, **more)
    written = data[PLACES[name].written]
    if author == "nobody":
        written["user"] = None
    else:
        written["user"] = user(str(author))
    return sansio.Event(data, event=name, delivery_id="1")


def found(event: sansio.Event) -> list[str]:
    return [m.source.sender for m in commands.match(KNOWN, event, slug="bot")]


@pytest.mark.parametrize("name", EVERY)
def test_a_new_text_is_read_when_its_author_is_the_sender(name: str) -> None:
    assert found(event_of(name, PLACES[name].new)) == ["octocat"]
    assert found(event_of(name, PLACES[name].new, author="Octocat")) == ["octocat"], "logins have no case"


@pytest.mark.parametrize("author", ["stranger", "nobody"])
@pytest.mark.parametrize(("name", "action"), list(itertools.product(EVERY, ACTIONS)))
def test_no_action_but_an_edit_makes_a_text_the_senders(name: str, action: str, author: str) -> None:
    changes = {"changes": {"title": {"from": "x"}}} if action == "edited" else {}
    event = event_of(name, action, author=author, sender="maintainer", **changes)
    assert found(event) == []
    if action == PLACES[name].new:
        assert list(Mention.from_event(event)) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_moved_text_is_not_new_not_even_its_authors_own(name: str) -> None:
    for old in ("old_issue", "old_repository", "old_discussion"):
        assert found(event_of(name, PLACES[name].new, changes={old: {"id": 1}})) == []


@pytest.mark.parametrize("name", [name for name in EVERY if not PLACES[name].is_comment])
def test_a_body_from_long_before_it_was_opened_is_not_new(name: str) -> None:
    event = event_of(name, PLACES[name].new)
    event.data[PLACES[name].written]["created_at"] = "2025-01-01T00:00:00Z"
    assert found(event) == []


@pytest.mark.parametrize("name", [name for name in EVERY if PLACES[name].can_be_edited])
def test_an_edit_by_somebody_else_needs_the_rights_of_both(name: str) -> None:
    changes = {"changes": {"body": {"from": "x"}}}
    own, others = (
        event_of(name, "edited", author=a, sender="maintainer", **changes) for a in ("maintainer", "stranger")
    )
    assert [m.source.people for m in commands.match(KNOWN, own, slug="bot")] == [("maintainer",)]
    assert [m.source.people for m in commands.match(KNOWN, others, slug="bot")] == [
        ("maintainer", "stranger")
    ]
    assert found(event_of(name, "edited", author="nobody", sender="maintainer", **changes)) == []


def test_a_bots_text_stays_a_bots_when_a_person_edits_it() -> None:
    changes = {"changes": {"body": {"from": "x"}}}
    event = event_of("issue_comment", "edited", author="dependabot[bot]", sender="maintainer", **changes)
    assert found(event) == []
    admits = [Command.make("deploy", lambda: None, allow_bots=["dependabot[bot]"])]
    assert len(commands.match(admits, event, slug="bot")) == 1
    own = event_of("issue_comment", "edited", author="bot[bot]", sender="maintainer", **changes)
    assert commands.match([Command.make("deploy", lambda: None, allow_bots=True)], own, slug="bot") == []


def test_what_an_app_writes_in_a_persons_name_is_a_machines_text() -> None:
    """It has a token of the person and says what it was told, by whomever."""
    for slug in ("slack", "bot"):
        event = event_of("issue_comment", "created", author="maintainer", sender="maintainer")
        event.data["comment"]["performed_via_github_app"] = {"slug": slug}
        assert found(event) == []
        admits = [Command.make("deploy", lambda: None, allow_bots=["slack[bot]"])]
        assert len(commands.match(admits, event, slug="bot")) == (slug == "slack")
        every = [Command.make("deploy", lambda: None, allow_bots=True)]
        assert len(commands.match(every, event, slug="bot")) == (slug == "slack")


@pytest.mark.parametrize("name", EVERY)
def test_each_place_has_a_thread_reactions_and_a_permission(name: str) -> None:
    event = event_of(name, PLACES[name].new)
    assert thread_of(event) is not None
    written = event.data[PLACES[name].written]
    address = reactions_of(event)
    if PLACES[name].reactions is None:
        assert address == written["node_id"]
    else:
        assert address.startswith("/repos/octo-org/octo-repo/")
        assert str(written["id"] if PLACES[name].is_comment else written["number"]) in address.split("/")
    assert PERMISSION_OF_EVENT[name] == PLACES[name].permissions[0]


def test_mentions_are_of_comments_only() -> None:
    assert {e.event for e in MentionScope.all_events()} == {p.event for p in PLACES.values() if p.is_comment}
