"""Retention leaves the database to the deliveries that come in, and is not slowed down when there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_github_app.retention import throttle
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

STEP = 0.1


class Clock:
    """Time that passes when somebody sleeps, or works."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(throttle, "time", clock)
    return clock


def steps(clock: Clock, arrivals: int, count: int = 10) -> Iterator[int]:
    """Work for `STEP` seconds at a time, while deliveries arrive."""
    for number in range(count):
        clock.now += STEP
        for _ in range(arrivals):
            an_event()
        yield number


def test_it_does_not_rest_while_nothing_arrives(clock: Clock) -> None:
    assert list(throttle.Throttle().each(steps(clock, 0))) == list(range(10))
    assert clock.slept == []


def test_it_rests_in_proportion_to_its_work_while_deliveries_arrive(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 5}
    assert list(throttle.Throttle().each(steps(clock, 25))) == list(range(10))
    assert clock.slept
    assert set(clock.slept[:1]) == {5 * STEP}


def test_it_rests_less_when_few_arrive(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 5}
    list(throttle.Throttle().each(steps(clock, 2)))
    assert clock.slept
    assert max(clock.slept) < STEP


def test_it_rests_no_longer_than_two_seconds_at_a_time(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 1000}
    list(throttle.Throttle().each(steps(clock, 25, count=5)))
    assert max(clock.slept) == throttle.LONGEST


def test_zero_switches_it_off(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 0}
    list(throttle.Throttle().each(steps(clock, 25)))
    assert clock.slept == []


def test_time_that_the_caller_spent_otherwise_counts(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 5}
    for _ in throttle.Throttle().each(steps(clock, 25)):
        clock.now += 6 * STEP
    assert clock.slept == []


def test_it_rests_no_more_when_the_burst_is_over(clock: Clock, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_REST": 5}
    rests = throttle.Throttle()
    list(rests.each(steps(clock, 25)))
    clock.now += 10
    clock.slept.clear()
    list(rests.each(steps(clock, 0)))
    assert clock.slept == []
