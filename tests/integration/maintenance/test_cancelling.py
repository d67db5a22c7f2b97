"""What is cancelled is published when that is committed, and the sweep gives turns that nobody was left to give."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from django_github_app.maintenance import cancelling, sweep
from django_github_app.models import EventLog, EventStatus, FlowKeyState, FlowPlace
from django_github_app.sql import claims, flow
from django_github_app.sql.clock import database_now
from django_github_app.testing.deliver import store
from tests.support.claims import end

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []

    def publish(refs: Any, most: int | None = None) -> None:
        found.extend(pk for _, pk in refs)

    monkeypatch.setattr(cancelling, "publish_or_leave", publish)
    monkeypatch.setattr(sweep, "publish_or_leave", publish)
    return found


def waiting(number: int, state: int = 0) -> EventLog:
    row = store("issues", "opened", number=number)
    (claimed,) = claims.claim([row.pk], lease=60)
    FlowPlace.objects.create(
        key=1, event_id=row.pk, handler="app.build", position=0, kind="event", label="app.build", attempt=1,
        tries=1, state=state, most=1, counts=True, since=0.0,
    )  # fmt: skip
    if state == 0:
        end(claimed, EventStatus.RETRYING, retry_in=60)
    return row


def test_whoever_waits_behind_what_is_cancelled_has_its_turn_after_the_commit(
    published: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    first, second = waiting(1), waiting(2)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        cancelled = cancelling.cancel([first.pk], "octocat")
        assert published == []
    assert (cancelled.runs, published) == (1, [second.pk])


def test_the_sweep_gives_the_turn_of_a_worker_that_is_gone(published: list[int]) -> None:
    gone, second = waiting(1, state=1), waiting(2)
    sweep._next_turns()
    assert published == []
    EventLog.objects.filter(pk=gone.pk).update(status=EventStatus.PENDING.value)
    sweep._next_turns()
    assert published == [second.pk]


def test_places_of_events_that_are_over_and_keys_of_long_ago_are_forgotten() -> None:
    row = waiting(1)
    now = database_now()
    FlowKeyState.objects.create(key=1, label="", state="", touched_at=now.replace(year=now.year - 1))
    FlowKeyState.objects.create(key=2, label="", state="", touched_at=now)
    assert flow.forget() == 0
    EventLog.objects.filter(pk=row.pk).update(status=EventStatus.DONE.value)
    assert flow.forget() == 1
    assert (FlowPlace.objects.count(), FlowKeyState.objects.get().key) == (0, 2)
