"""When schedules are due, for whom, and that nobody is due twice in an interval."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from django_github_app.routing.timing import Crontab, Every, due_for, offset_of, when_of

UTC = dt.UTC
DAY = 86400


def at(text: str, zone: dt.tzinfo = UTC) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def named(crontab: str, since: str, until: str, zone: dt.tzinfo = UTC) -> list[str]:
    found = Crontab.parse(crontab).due(at(since, zone), at(until, zone), zone)
    return [dt.datetime.fromtimestamp(one, zone).strftime("%m-%d %H:%M") for one in reversed(found)]


def test_names_and_seconds_are_intervals() -> None:
    assert when_of("daily") == Every(DAY)
    assert when_of("hourly") == when_of(3600)
    assert isinstance(when_of("*/5 * * * *"), Crontab)


@pytest.mark.parametrize(
    "value", [59, 0, -1, "yearly", "* * *", "60 * * * *", "a * * * *", "5-2 * * * *", "*/0 * * * *"]
)
def test_what_is_no_schedule_is_refused(value: str | float) -> None:
    with pytest.raises(ValueError, match=r"crontab|too often"):
        when_of(value)


@pytest.mark.parametrize("minutes", [1, 7, 60])
def test_everybody_is_due_once_in_each_interval_however_often_is_planned(minutes: int) -> None:
    when, start = when_of("hourly"), at("2026-03-01T00:00")
    targets = [f"target {number}" for number in range(50)]
    found: dict[str, list[int]] = {target: [] for target in targets}
    moment = start
    while moment < start + 10 * 3600:
        since, moment = moment, moment + minutes * 60
        moments = when.due(since - when.spread, moment, UTC)
        for target in targets:
            due = due_for(target, when, moments, since, moment)
            if due is not None:
                assert since < due <= moment
                found[target].append(due)
    assert {len(its) for its in found.values()} <= {10, 10 + (minutes == 7)}  # which ends two minutes later
    assert all(b - a == 3600 for its in found.values() for a, b in pairwise(its))


def test_targets_are_spread_over_the_interval() -> None:
    hours = [offset_of(f"target {number}", DAY) // 3600 for number in range(2_400)]
    counts = [hours.count(hour) for hour in range(24)]
    assert min(counts) > 50
    assert max(counts) < 150


def test_after_an_outage_everybody_is_due_once() -> None:
    when = when_of("hourly")
    since, until = at("2026-03-01T00:00"), at("2026-03-02T00:00")
    due = due_for("target", when, when.due(since - when.spread, until, UTC), since, until)
    assert due is not None
    assert until - 3600 < due <= until


def test_a_crontab_names_minutes() -> None:
    assert named("30 6 * * *", "2026-03-01T00:00", "2026-03-03T06:30") == [
        "03-01 06:30",
        "03-02 06:30",
        "03-03 06:30",
    ]
    assert named("0 9-17/4 * * 1-5", "2026-03-06T00:00", "2026-03-09T12:00") == [
        "03-06 09:00",
        "03-06 13:00",
        "03-06 17:00",
        "03-09 09:00",
    ]
    assert named("0 0 1 * 7", "2026-03-01T00:30", "2026-03-08T00:00") == ["03-08 00:00"]
    assert named("5,10 1 31 12 *", "2026-12-30T00:00", "2026-12-31T02:00") == ["12-31 01:05", "12-31 01:10"]


def test_a_crontab_is_in_the_sites_time_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert named("0 6 * * *", "2026-03-28T12:00", "2026-03-29T12:00", zone) == ["03-29 06:00"]


def test_what_was_due_too_long_ago_is_not_looked_for() -> None:
    found = Crontab.parse("0 0 * * *").due(at("2020-01-01T00:00"), at("2026-03-01T00:00"), UTC)
    assert len(found) <= 9
