from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.models import Rollup
from django_github_app.observe import rollups
from django_github_app.observe.samples import Counts
from django_github_app.sql.rollups import add

pytestmark = [pytest.mark.django_db, pytest.mark.backends]
NOW = dt.datetime(2026, 3, 2, 12, 30, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def count(at: dt.datetime, *samples: tuple[object, ...]) -> None:
    counts = Counts()
    counts.fold(samples, 0.0)
    rollups.write(counts.take_rollups(), add, at)


def test_what_several_processes_add_to_one_minute_adds_up() -> None:
    for _ in range(3):
        count(NOW, ("event", "sync", "done", 0.3, None), ("event", "sync", "dead", 4.0, None))
    found = rollups.totals("events", dt.timedelta(hours=1), now=NOW)
    assert {label: point.count for label, point in found.items()} == {"dead": 3, "done": 3}
    assert found["dead"] == rollups.Point(NOW.replace(hour=11, minute=30, second=0), 3, 12.0)
    assert found["done"].total == pytest.approx(0.9)


def test_a_series_has_an_entry_for_each_step_also_where_nothing_happened() -> None:
    count(NOW, ("event", "sync", "done", 1.0, None))
    count(NOW - 3 * MINUTE, ("event", "sync", "done", 1.0, None), ("event", "sync", "dead", 1.0, None))
    counts = [point.count for point in rollups.series("events", 5 * MINUTE, now=NOW)]
    assert counts == [0, 0, 2, 0, 0, 1]
    only_dead = rollups.series("events", 5 * MINUTE, label="dead", now=NOW)
    assert [point.count for point in only_dead] == [0, 0, 1, 0, 0, 0]
    by_hour = rollups.series("events", dt.timedelta(hours=2), step=rollups.HOUR, now=NOW)
    assert [point.count for point in by_hour] == [0, 0, 3]


def test_latency_is_read_from_the_histogram() -> None:
    assert rollups.latency(dt.timedelta(hours=1), now=NOW) == rollups.Latency(0, 0.0, 0.0, 0.0)
    count(NOW, *[("event", "sync", "done", 0.2, None)] * 98, *[("event", "sync", "done", 1e6, None)] * 2)
    found = rollups.latency(dt.timedelta(hours=1), now=NOW)
    assert (found.count, found.p50, found.p95, found.p99) == (100, 0.25, 0.25, float("inf"))


def test_the_table_is_bounded_by_time() -> None:
    for days in range(40):
        count(NOW - dt.timedelta(days=days), ("event", "sync", "done", 0.2, None))
    rollups.forget_old(NOW)
    assert set(Rollup.objects.filter(seconds=60).values_list("starts_at", flat=True)) == {
        (NOW - dt.timedelta(days=days)).replace(second=0) for days in range(2)
    }
    assert Rollup.objects.filter(seconds=3600, name="events").count() == 31


def test_failures_and_time_of_each_handler() -> None:
    count(
        NOW,
        ("callback", "app.a", "succeeded", 2.0, None),
        ("callback", "app.a", "retrying", 1.0, None),
        ("callback", "app.b", "dead", 1.0, None),
    )
    calls = rollups.totals("callbacks", dt.timedelta(days=7), now=NOW)
    assert {label: (point.count, point.total) for label, point in calls.items()} == {
        "app.a": (2, 3.0),
        "app.b": (1, 1.0),
    }
    failures = rollups.totals("failures", dt.timedelta(days=7), now=NOW)
    assert {label: point.count for label, point in failures.items()} == {"app.a": 1, "app.b": 1}


def test_what_a_day_adds_up_to_is_read_from_the_hours() -> None:
    for seconds, count in ((rollups.MINUTE, 1), (rollups.HOUR, 60)):
        Rollup.objects.create(
            seconds=seconds, starts_at=NOW.replace(minute=0), name="events", label="done", count=count
        )
    found = {
        hours: rollups.totals("events", dt.timedelta(hours=hours), now=NOW)["done"].count for hours in (3, 24)
    }
    assert found == {3: 1, 24: 60}
