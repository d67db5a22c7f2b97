"""Which events are old enough to go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus
from django_github_app.retention import policy
from django_github_app.retention.policy import Count, Cutoffs, count_due, estimate_due, last_due_id
from django_github_app.sql.dialects import dialect_for
from tests.support.retention import an_event, days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def left() -> set[int]:
    return set(EventLog.objects.values_list("pk", flat=True))


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


@pytest.mark.parametrize("ids_before", range(900, 1030, 13))
def test_an_old_event_that_was_just_loaded_is_seen(monkeypatch: pytest.MonkeyPatch, ids_before: int) -> None:
    monkeypatch.setattr(policy, "SMALL_TABLE", 0)
    first = policy.newest_id(dialect_for(EventLog)) + ids_before
    EventLog.objects.bulk_create(
        [
            EventLog(id=first + n, event="push", received_at=days_ago(10 if n == 500 else 9))
            for n in range(501)
        ]
    )
    assert last_due_id(days_ago(9.5)) == first + 500


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
