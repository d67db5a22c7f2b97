"""The tries of a callback are kept, with their errors, up to a number."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from django_github_app.models import HandlerRun, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql.tries import LONGEST, MOST, earlier_tries
from tests.support.claims import run_of
from tests.support.rows import stored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def fail(pk: int, number: int, at: dt.datetime, traceback: str = "t") -> None:
    error = f'try {number}: "quoted" \u2014'
    failed = run_of(
        pk, RunStatus.RETRYING, attempts=number, started_at=at, error=error, traceback=traceback, retry_in=1.0
    )
    moves.finish([], [failed])


def the_run(pk: int) -> HandlerRun:
    return HandlerRun.objects.get(event_id=pk)


def test_each_try_that_failed_is_kept_and_so_is_the_success_after_it() -> None:
    pk, began = stored(), timezone.now()
    for number in (1, 2):
        fail(
            pk, number, began + dt.timedelta(seconds=number), traceback="x" * (LONGEST + 5) + f" end {number}"
        )
    assert [one.error for one in earlier_tries(the_run(pk))] == ['try 1: "quoted" \u2014']
    moves.finish([], [run_of(pk, attempts=3)])
    run = the_run(pk)
    first, second = earlier_tries(run)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    assert (first.error, second.error) == ('try 1: "quoted" \u2014', 'try 2: "quoted" \u2014')
    assert (first.duration_ms, len(first.traceback), first.traceback[-6:]) == (1.5, LONGEST, " end 1")
    assert abs(second.started_at - began - dt.timedelta(seconds=2)) < dt.timedelta(milliseconds=2)


def test_what_is_recorded_twice_is_one_try() -> None:
    pk, began = stored(), timezone.now()
    for _ in range(2):
        fail(pk, 1, began)
    assert earlier_tries(the_run(pk)) == []


def test_a_run_that_succeeds_at_once_has_none() -> None:
    pk = stored()
    moves.finish([], [run_of(pk)])
    assert the_run(pk).tries is None


def test_of_very_many_the_newest_are_kept() -> None:
    pk, began = stored(), timezone.now()
    for number in range(1, MOST + 6):
        fail(pk, number, began + dt.timedelta(seconds=number))
    errors = [one.error.partition(":")[0] for one in earlier_tries(the_run(pk))]
    assert errors == [f"try {number}" for number in range(5, MOST + 5)]


def test_run_failed_again_keeps_what_went_wrong_before() -> None:
    from django_github_app.models import EventLog, EventStatus

    pk, began = stored(), timezone.now()
    moves.finish([], [run_of(pk, RunStatus.DEAD, started_at=began, error="at first")])
    EventLog.objects.filter(pk=pk).update(status=EventStatus.DEAD)
    moves.requeue([pk])
    fail(pk, 1, began + dt.timedelta(hours=1))
    assert [one.error for one in earlier_tries(the_run(pk))] == ["at first"]
