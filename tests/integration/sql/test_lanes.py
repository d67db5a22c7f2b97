"""What a lane may run next, and what holds an event back."""

from __future__ import annotations

import pytest

from django_github_app.models import EventLog, EventStatus
from django_github_app.sql.dialects import dialect_for
from django_github_app.sql.lanes import LaneBounds, held, next_in_lanes, oldest_below
from tests.support.rows import new_lane, stored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def held_back(pk: int) -> bool:
    dialect = dialect_for(EventLog)
    condition, parameters = held(dialect)
    sql = f"SELECT e.id FROM {EventLog._meta.db_table} e WHERE e.id = %s AND {condition}"
    return bool(dialect.execute(sql, [pk, *parameters]))


def to(status: EventStatus, *ids: int) -> None:
    EventLog.objects.filter(pk__in=ids).update(status=status)


def test_of_each_lane_the_oldest_event_that_waits_is_next() -> None:
    one, other, empty = new_lane(), new_lane(), new_lane()
    over, first = stored(lane=one), stored(lane=one)
    stored(lane=one)
    only = stored(lane=other, worker_type="async")
    to(EventStatus.DONE, over)
    assert next_in_lanes([other, one, empty]) == [(first, "sync", one), (only, "async", other)]
    assert next_in_lanes([]) == []


def test_a_look_begins_where_nothing_older_is_known_to_wait() -> None:
    lane = new_lane()
    first, second = stored(lane=lane), stored(lane=lane)
    bounds = LaneBounds(ids={lane: second})
    expected = second if dialect_for(EventLog).is_postgresql else first
    assert next_in_lanes([lane], bounds) == [(expected, "sync", lane)]
    assert oldest_below(lane, second) == first
    assert oldest_below(lane, first) is None


def test_an_event_is_held_by_what_runs_and_by_what_is_older_and_waits() -> None:
    lane = new_lane()
    first, second = stored(lane=lane), stored(lane=lane)
    apart = stored(lane=new_lane())
    assert [held_back(pk) for pk in (first, second, apart)] == [False, True, False]
    to(EventStatus.DONE, first)
    assert not held_back(second)
    to(EventStatus.PENDING, first)
    to(EventStatus.PROCESSING, second)
    assert held_back(first)


def test_an_event_in_no_lane_is_held_by_nobody() -> None:
    stored()
    assert not held_back(stored())
