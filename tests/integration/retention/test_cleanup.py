"""Cleanup deletes what is old and finished, with its ledger, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, HandlerRun
from django_github_app.retention import policy
from django_github_app.retention.cleanup import Pace, delete_due
from django_github_app.retention.policy import Count, Cutoffs, count_due, estimate_due, last_due_id
from django_github_app.sql.dialects import dialect_for
from tests.support.retention import a_run, an_event, days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def left() -> set[int]:
    return set(EventLog.objects.values_list("pk", flat=True))


def test_old_events_go_with_their_runs_and_young_ones_stay() -> None:
    old, young = an_event(days=8), an_event(days=6)
    a_run(old)
    kept = a_run(young)
    assert EventLog.objects.cleanup_events(days_to_keep=7) == (1, {"django_github_app.EventLog": 1})
    assert left() == {young.pk}
    assert list(HandlerRun.objects.values_list("pk", flat=True)) == [kept.pk]


def test_the_async_twin_does_the_same() -> None:
    an_event(days=8)
    cleanup = async_to_sync(EventLog.objects.acleanup_events)
    assert cleanup(7) == (1, {"django_github_app.EventLog": 1})
    assert cleanup(7) == (0, {})


@pytest.mark.parametrize("status", [s for s in EventStatus if not s.is_final])
def test_an_event_that_is_not_finished_never_goes(status: EventStatus) -> None:
    event = an_event(days=4000, status=status)
    assert EventLog.objects.cleanup_events(0) == (0, {})
    assert left() == {event.pk}


def test_days_to_keep_may_differ_by_state() -> None:
    done, _, dead = (
        an_event(days=10, status=status)
        for status in (EventStatus.DONE, EventStatus.IGNORED, EventStatus.DEAD)
    )
    assert EventLog.objects.cleanup_events({"done": 20, "ignored": 5})[0] == 1
    assert left() == {done.pk, dead.pk}
    assert EventLog.objects.cleanup_events({"done": 5})[0] == 1
    assert left() == {dead.pk}


def test_dead_events_stay_longer_unless_the_settings_say_otherwise(settings: Any) -> None:
    an_event(days=10, status=EventStatus.DEAD)
    assert EventLog.objects.cleanup_events()[0] == 0
    settings.GITHUB_APP = {**settings.GITHUB_APP, "DAYS_TO_KEEP_BY_STATUS": {"dead": 9}}
    assert EventLog.objects.cleanup_events()[0] == 1


def test_more_days_than_thirty_count_for_dead_events_too(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "DAYS_TO_KEEP_EVENTS": 90}
    assert policy.policy_days() == {"done": 90, "ignored": 90, "dead": 90}


@pytest.mark.parametrize("days", [-1, {"done": -1}, {"pending": 3}, {"gone": 3}])
def test_days_that_make_no_sense_are_refused(days: Any) -> None:
    with pytest.raises(ValueError, match=r"days|finished"):
        EventLog.objects.cleanup_events(days)


def test_an_event_that_was_brought_back_is_as_old_as_its_return() -> None:
    back = an_event(days=300, restored_at=days_ago(3))
    long_back = an_event(days=300, restored_at=days_ago(8))
    assert EventLog.objects.cleanup_events(7)[0] == 1
    assert left() == {back.pk}
    assert long_back.pk not in left()


def test_many_small_batches_delete_the_same_and_can_go_on_where_they_stopped() -> None:
    ids = [an_event(days=10 if number % 3 else 1).pk for number in range(60)]
    young = set(ids[::3])
    cutoffs = Cutoffs.from_days(7)
    batches: Any = delete_due(cutoffs, pace=Pace(largest=7))
    first = next(batches)
    assert first.deleted == 7
    assert len(left()) == 53
    batches.close()
    rest = list(delete_due(cutoffs, after=first.after, pace=Pace(largest=7)))
    assert [b.deleted for b in rest] == [7, 7, 7, 7, 5]
    assert left() == young


def test_only_the_named_events_go() -> None:
    one, two, pending = an_event(days=0), an_event(days=0), an_event(days=0, status=EventStatus.PENDING)
    assert sum(b.deleted for b in delete_due(Cutoffs.from_days(0), only=[one.pk, pending.pk])) == 1
    assert left() == {two.pk, pending.pk}


def test_a_batch_that_took_long_makes_the_next_one_smaller() -> None:
    pace = Pace(largest=2000)
    pace.adjust(500, 0.01)
    assert pace.size == 1000
    pace.adjust(1000, 0.01)
    pace.adjust(2000, 0.01)
    assert pace.size == 2000
    pace.adjust(2000, 0.6)
    assert pace.size == 133
    pace.adjust(133, 5)
    assert pace.size == 100


def test_the_boundary_is_found_in_the_primary_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "SMALL_TABLE", 0)
    now = timezone.now()
    first = policy.newest_id(dialect_for(EventLog)) + 1000
    rows = [
        EventLog(id=first + 3 * n, event="push", received_at=now - dt.timedelta(hours=2 * (200 - n)))
        for n in range(200)
    ]
    EventLog.objects.bulk_create(rows)
    cutoff = now - dt.timedelta(days=7)
    due = [row.id for row in rows if row.received_at <= cutoff]
    bound = last_due_id(cutoff)
    assert due[-1] <= bound <= due[-1] + 6
    assert last_due_id(now) == rows[-1].id
    assert last_due_id(now - dt.timedelta(days=400)) <= rows[0].id
    assert EventLog.objects.cleanup_events(7)[0] == len(due)


def test_an_empty_table_has_nothing_due() -> None:
    assert last_due_id(timezone.now()) == policy.newest_id(dialect_for(EventLog))
    assert count_due(Cutoffs.from_days(0)) == Count(0)


def test_counts_stop_at_a_limit_and_say_so() -> None:
    for _ in range(5):
        an_event(days=10)
    cutoffs = Cutoffs.from_days(7)
    assert str(count_due(cutoffs)) == "5"
    assert str(count_due(cutoffs, limit=4)) == "more than 4"
    assert estimate_due(cutoffs) == 5
