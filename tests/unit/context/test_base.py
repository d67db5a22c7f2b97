"""What the contexts of all callbacks share."""

from __future__ import annotations

from typing import Any

import pytest
from gidgethub.sansio import Event

from django_github_app.commands import panels
from django_github_app.context import speaker
from django_github_app.context.events import AsyncEventContext, SyncEventContext
from django_github_app.context.speaker import Speaker
from django_github_app.testing import payloads

API: Any = object()


def context(event: str = "issues", kind: Any = AsyncEventContext) -> Any:
    made = Event(payloads.build(event), event=event, delivery_id="d-1")
    return kind(Speaker(API, made), event_id=17, delivery="d-1", installation=3)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    said: list[Any] = []

    async def reply(api: Any, event: Event, text: str, key: str | None = None) -> None:
        said.append((text, key))

    async def react(api: Any, event: Event, content: str) -> None:
        said.append(content)

    monkeypatch.setattr(speaker, "areply", reply)
    monkeypatch.setattr(speaker, "areact", react)
    return said


async def test_each_answer_of_a_command_has_a_key_of_its_own_and_those_of_others_none(
    said: list[Any],
) -> None:
    speaker = Speaker(API, Event({}, event="issues", delivery_id="1"), key="deploy")
    await speaker.reply("one")
    await speaker.reply("two")
    await Speaker(API, speaker.event).reply("three")
    assert said == [("one", "deploy-1"), ("two", "deploy-2"), ("three", None)]


async def test_an_asynchronous_callback_awaits_its_answers(said: list[Any]) -> None:
    found = context()
    await found.reply("hello")
    await found.react("+1")
    assert said == [("hello", None), "+1"]


def test_a_synchronous_callback_does_not(said: list[Any]) -> None:
    found = context(kind=SyncEventContext)
    found.reply("hello")
    found.react("+1")
    assert said == [("hello", None), "+1"]


def test_two_contexts_are_two_calls_whatever_they_hold() -> None:
    one = context()
    assert one == one
    assert one != context()
    assert len({one, context()}) == 2
    assert len(one) == len(list(one))
    with pytest.raises(KeyError):
        one["speaker"]


def test_addresses_are_those_of_the_issue_or_pull_request() -> None:
    found = context("pull_request")
    number = found.event.data["pull_request"]["number"]
    assert found.issue(x=1) == {"owner": "octo-org", "repo": "octo-repo", "issue_number": number, "x": 1}
    assert found.pull_request()["pull_number"] == number
    with pytest.raises(ValueError, match="a push event is about no issue or pull request"):
        context("push").issue()


def test_a_panel_is_for_a_conversation(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    found = context()
    text = found.panel({"Rebase": "rebase"})
    assert "Rebase" in text
    assert text.startswith("- [ ] ")
    assert panels.place_of(found.event.data) is not None
    with pytest.raises(ValueError, match="a push event has no conversation for a panel"):
        context("push").panel({"Rebase": "rebase"})
