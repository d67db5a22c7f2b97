"""What a context says of payloads: the usual ones, and odd ones."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from gidgethub.sansio import Event

from django_github_app.context import AsyncEventContext, EventContext
from django_github_app.context.base import Speaker
from django_github_app.context.events import facts_of
from django_github_app.testing import payloads


def context(event: str, action: str | None = None, data: Any = None, **overrides: Any) -> EventContext:
    data = payloads.build(event, action, **overrides) if data is None else data
    speaker = Speaker(None, Event(data, event=event, delivery_id="d-1"))  # type: ignore[arg-type]  # says nothing
    return AsyncEventContext(speaker, event_id=17, delivery="d-1", installation=3)


def test_of_an_issue() -> None:
    found = context("issues", "opened")
    data = found.event.data
    assert found.repo == data["repository"]["full_name"]
    assert found.number == data["issue"]["number"]
    assert found.issue_url == data["issue"]["url"]
    assert found.sender == data["sender"]["login"]
    assert (found.installation, found.event_id, found.delivery, found.is_bot) == (3, 17, "d-1", False)
    assert found.issue(labels=["bug"]) == {
        "owner": found.repo.owner,
        "repo": found.repo.name,
        "issue_number": found.number,
        "labels": ["bug"],
    }


def test_of_a_pull_request_it_has_the_issue_too() -> None:
    found = context("pull_request", "opened")
    assert found.issue_url == found.event.data["pull_request"]["issue_url"]
    assert found.pull_request() == {**found.repo(), "pull_number": found.number}
    assert found.issue()["issue_number"] == found.number


def test_of_a_push_there_is_no_number() -> None:
    found = context("push")
    assert (found.number, found.issue_url) == (None, None)
    with pytest.raises(ValueError, match="a push event is about no issue or pull request"):
        found.issue()


def test_values_are_keys_too() -> None:
    found = context("issues", "opened")
    assert found["repo"] == found.repo
    assert {"repo", "number", "sender", "reply", "react", "log"} <= set(found)
    assert len(found) == len(dict(found))
    with pytest.raises(KeyError):
        found["speaker"]
    assert found != context("issues", "opened")


@pytest.mark.parametrize(
    "data",
    [{}, {"repository": None, "sender": None, "issue": None}, {"issue": {"number": "7"}, "repository": []}],
)
def test_odd_payloads_have_less(data: dict[str, Any]) -> None:
    assert facts_of(data) == {"repo": "", "number": None, "issue_url": None, "sender": "", "is_bot": False}


def test_a_machine_is_told_by_its_account() -> None:
    assert facts_of({"sender": {"login": "renovate[bot]", "type": "Bot"}})["is_bot"]


def test_lines_of_its_log_carry_the_event(caplog: pytest.LogCaptureFixture) -> None:
    found = context("issues", "opened")
    with caplog.at_level(logging.INFO, "django_github_app.handlers"):
        found.log.info("labelled", extra={"label": "bug"})
    (record,) = caplog.records
    fields = vars(record)
    assert (fields["event_id"], fields["delivery"], fields["event"], fields["action"], fields["label"]) == (
        17,
        "d-1",
        "issues",
        "opened",
        "bug",
    )
