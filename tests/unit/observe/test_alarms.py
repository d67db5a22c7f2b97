from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.observe.alarms import DAY, Thresholds, allowed_silence, judge, learn
from django_github_app.observe.gauges import Present

LIMITS = Thresholds()
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def keys(present: Present, limits: Thresholds = LIMITS, usual: dict[str, float] | None = None) -> list[str]:
    return [one.key for one in judge(present, limits, usual or {})]


@pytest.mark.parametrize(
    ("present", "wrong"),
    [
        (Present(worker_age={"sync": 46.0, "async": 1.0}), ["workers sync"]),
        (Present(beat_age=46.0), ["beat"]),
        (Present(beat_age=46.0, sweep_age=61.0), ["beat"]),  # the one explains the other
        (Present(beat_age=4.0, sweep_age=61.0), ["sweep"]),
        (Present(pending_age={"async": 601.0}), ["queue async"]),
        (Present(retry_overdue={"sync": 301.0}), ["retries sync"]),
        (Present(running_age={"sync": 3601.0}), ["running sync"]),
        (Present(dead=900, dead_lately=20), ["dead"]),
        (Present(missed=50), ["missed"]),
        (Present(silence={"7": 2000.0}), []),
        (Present(silence={"7": 3 * DAY + 1}), ["silence 7"]),
        (Present(), []),
    ],
)
def test_each_threshold_has_its_alarm(present: Present, wrong: list[str]) -> None:
    assert keys(present) == wrong


def test_a_threshold_of_zero_is_no_alarm() -> None:
    off = Thresholds(
        workers=0, beat=0, sweep=0, queue_age=0, retries=0, running=0, dead=0, missed=0, silence=0
    )
    everything = Present(
        worker_age={"sync": 1e9}, beat_age=1e9, sweep_age=1e9, pending_age={"sync": 1e9}, dead_lately=1000,
        retry_overdue={"sync": 1e9}, running_age={"sync": 1e9}, missed=1000, silence={"1": 1e9},
    )  # fmt: skip
    assert keys(everything, off) == []
    assert len(keys(everything)) == 8


def test_every_condition_says_what_to_do() -> None:
    present = Present(
        worker_age={"maintenance": 1e9}, beat_age=1e9, pending_age={"sync": 1e9}, silence={"1": 1e9}
    )
    assert all(one.hint and one.message for one in judge(present, LIMITS, {}))


def test_a_hook_that_is_silent_every_weekend_raises_no_alarm_on_the_next() -> None:
    days: dict[str, float] = {}
    last = None
    for day in range(14):
        at = START + dt.timedelta(days=day, hours=9)
        if at.weekday() < 5:
            times = [at + dt.timedelta(minutes=20 * i) for i in range(24)]
            days = learn(days, last, times)
            last = times[-1]
        else:
            days = learn(days, last, [])
    weekend = max(days.values())
    assert weekend > 2 * DAY
    # Of two weeks of working days there are more than eight with deliveries.
    assert allowed_silence(days, LIMITS) == LIMITS.silence_factor * weekend


def test_a_busy_hook_is_missed_within_minutes_once_it_is_known() -> None:
    days: dict[str, float] = {}
    last: dt.datetime | None = None
    for day in range(10):
        times = [START + dt.timedelta(days=day, minutes=i) for i in range(0, 1440, 5)]
        days, last = learn(days, last, times), times[-1]
    assert allowed_silence(days, LIMITS) == 900.0
    assert keys(Present(silence={"1": 901.0}), usual={"1": allowed_silence(days, LIMITS)}) == ["silence 1"]


def test_a_new_hook_is_given_a_weekend() -> None:
    assert allowed_silence(learn({}, None, [START]), LIMITS) == 3 * DAY


def test_what_is_learned_is_bounded_to_two_weeks() -> None:
    days: dict[str, float] = {}
    last: dt.datetime | None = None
    for day in range(100):
        at = START + dt.timedelta(days=day)
        days, last = learn(days, last, [at]), at
    assert len(days) == 15


def test_unknown_names_in_the_setting_are_left_out() -> None:
    assert Thresholds.of({"workers": 5, "worker": 7}).workers == 5
    assert Thresholds.of(None) == Thresholds()
