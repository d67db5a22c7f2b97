"""Cleanup deletes what is old and finished, with its ledger, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from django_github_app.models import EventLog, EventStatus, HandlerRun
from django_github_app.retention.cleanup import Pace, delete_due
from django_github_app.retention.policy import Cutoffs
from tests.support.retention import a_run, an_event

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
