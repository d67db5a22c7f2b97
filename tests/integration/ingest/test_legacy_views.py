"""A view of a project whose own ``post`` fetches and dispatches has workers process the event."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from gidgethub import sansio

from django_github_app.ingest import legacy_views
from django_github_app.ingest.legacy_views import enqueue, router_for
from django_github_app.models import EventLog, EventStatus
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    sent: list[Any] = []
    monkeypatch.setattr(legacy_views, "publish", sent.extend)
    return sent


def event(delivery: str = "d-1") -> sansio.Event:
    return sansio.Event({"action": "opened"}, event="issues", delivery_id=delivery)


def test_an_event_that_the_project_has_not_stored_is_stored_and_published(published: list[Any]) -> None:
    pk = enqueue(event(), "sync")
    row = EventLog.objects.get()
    assert (row.pk, row.status, row.worker_type, row.delivery) == (pk, EventStatus.PENDING, "sync", "d-1")
    assert published == [("sync", pk)]


def test_a_record_that_the_project_made_is_the_one_that_is_processed(published: list[Any]) -> None:
    row = EventLog.objects.create_from_event(event())
    assert enqueue(event(), "async") == row.pk
    assert EventLog.objects.count() == 1
    assert published == [("async", row.pk)]


@pytest.mark.parametrize(
    "values", [{"status": EventStatus.PENDING}, {"status": EventStatus.DONE, "attempts": 1}]
)
def test_what_waits_or_has_run_is_not_run_again(published: list[Any], values: dict[str, Any]) -> None:
    an_event(delivery="d-1", **values)
    enqueue(event(), "sync")
    assert published == []


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_router_of_a_view_offers_one_callback_that_enqueues(published: list[Any], worker_type: str) -> None:
    router = router_for(worker_type)
    assert router_for(worker_type) is router
    (callback,) = router.fetch(event())
    call = async_to_sync(callback) if worker_type == "async" else callback
    call(event(), None, "whatever", context=1)
    assert [kind for kind, _ in published] == [worker_type]
