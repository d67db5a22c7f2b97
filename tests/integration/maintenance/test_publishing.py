"""What is published beside the sweep: after the commit, and where the broker may be away."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from django_github_app.broker.publisher import EventRef
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus
from tests.support.rows import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[EventRef]:
    found: list[EventRef] = []
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: found.extend(refs))
    return found


def test_what_is_replayed_in_a_transaction_is_published_after_it(
    published: list[EventRef], django_capture_on_commit_callbacks: Any
) -> None:
    pk = stored()
    EventLog.objects.filter(pk=pk).update(status=EventStatus.DEAD)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        assert publishing.replay([pk]) == [pk]
        assert published == []
    assert len(callbacks) == 1
    assert published == [("sync", pk)]


def test_a_transaction_that_is_rolled_back_publishes_nothing(
    published: list[EventRef], django_capture_on_commit_callbacks: Any
) -> None:
    pk = stored()
    EventLog.objects.filter(pk=pk).update(status=EventStatus.DEAD)
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        publishing.replay([pk])
        transaction.set_rollback(True)
    assert callbacks == []
    assert published == []


def test_a_broker_that_is_away_is_no_error_and_the_events_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(publishing, "publish", refuse)
    monkeypatch.setattr(publishing, "wake", refuse)
    publishing.publish_or_leave([("sync", 1), ("sync", 2)])
    publishing.wake_or_leave("sync")
    assert [record.__dict__["error"] for record in caplog.records] == ["ConnectionRefusedError"] * 2
    assert caplog.records[0].__dict__["events"] == 2
