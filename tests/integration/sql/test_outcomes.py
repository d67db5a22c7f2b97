"""How claimed events ended, and what their callbacks did."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import dialects, outcomes
from django_github_app.sql.claims import EventOutcome
from tests.support.claims import end, run_of, status
from tests.support.rows import stored

pytestmark = pytest.mark.django_db


def test_a_worker_that_lost_its_lease_cannot_change_the_event() -> None:
    pk = stored()
    (stale,) = moves.claim([pk], lease=60)
    EventLog.objects.filter(pk=pk).update(lease_expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert moves.take_back(limit=10, max_lost=3) == [(pk, "sync", EventStatus.PENDING)]
    (current,) = moves.claim([pk], lease=60)
    assert end(stale, EventStatus.DEAD) == set()
    assert status(pk) == EventStatus.PROCESSING
    assert end(current) == {pk}
    assert status(pk) == EventStatus.DONE


def test_what_a_stale_worker_completed_is_recorded_all_the_same() -> None:
    pk = stored()
    (stale,) = moves.claim([pk], lease=60)
    EventLog.objects.filter(pk=pk).update(lease_expires_at=timezone.now() - dt.timedelta(seconds=1))
    moves.take_back(limit=10, max_lost=3)
    moves.finish([EventOutcome(pk, stale.attempt, EventStatus.DONE)], [run_of(pk)])
    (current,) = moves.claim([pk], lease=60)
    assert current.runs["app.handler", 0].status == RunStatus.SUCCEEDED


def test_a_success_in_the_ledger_is_never_overwritten() -> None:
    pk = stored()
    moves.finish([], [run_of(pk)])
    moves.finish([], [run_of(pk, RunStatus.DEAD, attempts=2, error="late")])
    run = HandlerRun.objects.get(event_id=pk)
    assert (run.status, run.attempts, run.error) == (RunStatus.SUCCEEDED, 1, None)


def test_a_retry_replaces_its_earlier_attempt_in_the_ledger() -> None:
    pk = stored()
    moves.finish([], [run_of(pk, RunStatus.RETRYING, retry_in=5.0, error="first", traceback="t\x00\ud800")])
    run = HandlerRun.objects.get(event_id=pk)
    assert run.next_attempt_at is not None
    assert run.traceback == "t\ufffd?"
    moves.finish([], [run_of(pk, attempts=2)])
    run = HandlerRun.objects.get(event_id=pk)
    assert (run.status, run.attempts, run.error, run.next_attempt_at) == (RunStatus.SUCCEEDED, 2, None, None)


def test_runs_of_an_event_that_is_gone_do_not_keep_others_from_being_recorded() -> None:
    pk, gone = stored(), stored()
    EventLog.objects.filter(pk=gone).delete()
    moves.finish([], [run_of(gone), run_of(pk)])
    assert list(HandlerRun.objects.values_list("event_id", flat=True)) == [pk]


def test_a_dropped_event_is_deleted() -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=60)
    assert end(claimed, EventStatus.IGNORED, drop=True) == {pk}
    assert not EventLog.objects.filter(pk=pk).exists()


def test_many_outcomes_and_runs_are_recorded_together() -> None:
    ids = [stored() for _ in range(20)]
    claimed = moves.claim(ids, lease=60)
    ends = [EventStatus.DONE, EventStatus.IGNORED, EventStatus.DEAD, EventStatus.RETRYING]
    outcomes = [
        EventOutcome(c.id, c.attempt, ends[i % 4], 9.0 if ends[i % 4] == EventStatus.RETRYING else None)
        for i, c in enumerate(claimed)
    ]
    runs = [run_of(pk, handler=f"app.h{n}") for pk in ids for n in range(3)]
    assert moves.finish(outcomes, runs) == set(ids)
    assert [status(pk) for pk in ids] == [ends[i % 4] for i in range(20)]
    assert HandlerRun.objects.count() == 60


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no hashed subplans")
def test_a_flush_of_outcomes_does_not_read_the_whole_ledger() -> None:
    """It asks whether somebody cancelled the events: PostgreSQL looked for all cancellations ever, for that."""
    many = 3_000
    pk = stored()
    HandlerRun.objects.bulk_create(
        [
            HandlerRun(
                event_id=pk,
                kind="event",
                handler="a",
                position=position,
                status=RunStatus.SUCCEEDED,
                attempts=1,
                started_at=timezone.now(),
                duration_ms=1.0,
            )
            for position in range(many)
        ],
        batch_size=2_000,
    )
    dialect = dialects.dialect_for(EventLog)
    dialect.execute(f"ANALYZE {HandlerRun._meta.db_table}")
    sql, parameters = outcomes._recording(dialect, [run_of(pk, handler=f"handler {n}") for n in range(30)])
    plan = "\n".join(row[0] for row in dialect.execute(f"EXPLAIN {sql}", parameters))
    # A hashed subplan takes the cancellations of all events there are, out of the table or out of a whole index.
    assert "hashed" not in plan, plan
