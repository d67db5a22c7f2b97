"""Rows come back as they were, and what cannot be a row of ours does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from django_github_app.models import ArchiveFile, EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.retention.records import ArchivedEvent, ArchivedRun
from django_github_app.sql.restore import check_restorable, insert_restored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

THEN = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LIMITS = {EventLog: 1000, HandlerRun: 1000}


def archived(pk: int = 7, **values: Any) -> ArchivedEvent:
    event = ArchivedEvent(
        **{"id": pk, "status": "done", "received_at": THEN, "delivery": f"d-{pk}", **values}
    )
    event.body = b'{"action":"opened"}'
    return event


def run(pk: int = 3, **values: Any) -> ArchivedRun:
    return ArchivedRun(**{"id": pk, "handler": "app.h", "status": "succeeded", "started_at": THEN, **values})


@pytest.fixture
def archive() -> int:
    file = ArchiveFile.objects.create(storage="archives", path="a.jsonl", day=THEN.date(), first_id=7)
    return file.pk


def test_an_event_comes_back_with_its_runs_and_is_marked(archive: int) -> None:
    result = insert_restored([archived(runs=[run()])], archive)
    assert (result.inserted, result.present, result.taken) == ([7], [], [])
    row = EventLog.objects.get()
    assert (row.pk, row.status, row.received_at, row.delivery) == (7, EventStatus.DONE, THEN, "d-7")
    assert (row.raw_body, row.archive_id) == (b'{"action":"opened"}', archive)
    assert row.restored_at is not None
    ledger = HandlerRun.objects.get()
    assert (ledger.pk, ledger.event_id, ledger.handler, ledger.status) == (3, 7, "app.h", RunStatus.SUCCEEDED)


def test_what_is_there_is_not_changed_and_an_id_that_is_taken_is_left_alone(archive: int) -> None:
    insert_restored([archived(7)], archive)
    EventLog.objects.filter(pk=7).update(status=EventStatus.DEAD)
    EventLog.objects.create(pk=8, event="push", delivery="another", received_at=THEN)
    EventLog.objects.create(pk=9, event="push", delivery="d-10", received_at=THEN)
    result = insert_restored([archived(7), archived(8), archived(10)], archive)
    assert (result.inserted, result.present, result.taken) == ([], [7, 10], [8])
    assert EventLog.objects.get(pk=7).status == EventStatus.DEAD


def test_ids_that_came_back_are_not_given_out_again(archive: int) -> None:
    highest = EventLog.objects.create(event="push").pk + 50
    insert_restored([archived(highest, runs=[run(highest)])], archive)
    new = EventLog.objects.create(event="push")
    assert new.pk > highest


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (archived(), ""),
        (archived(runs=[run()]), ""),
        (archived(0), "the id 0"),
        (archived(1001), "the id 1001"),
        (archived(status="pending"), "unknown state 'pending'"),
        (archived(status="burnt"), "unknown state 'burnt'"),
        (archived(repository="r" * 300), "longer than its column"),
        (archived(runs=[run(status="burnt")]), "unknown state 'burnt'"),
        (archived(runs=[run(1001)]), "never given out"),
        (archived(received_at=THEN.replace(tzinfo=None)), "a moment without a zone"),
        (archived(runs=[run(3), run(4)]), "two runs of one callback"),
    ],
)
def test_what_cannot_be_a_row_is_said(event: ArchivedEvent, problem: str) -> None:
    found = check_restorable([event], LIMITS, longest_body=10**6)
    assert problem in found
    assert bool(found) is bool(problem)
