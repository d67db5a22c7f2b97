"""The time limit of a synchronous callback in the main thread."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from django_github_app.errors import HandlerTimeout
from django_github_app.execution.alarm import with_alarm


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The time limit of the test itself is such an alarm too: it waits."""
    before, timer = signal.getsignal(signal.SIGALRM), signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    signal.setitimer(signal.ITIMER_REAL, *timer)


def test_a_callback_in_time_returns_and_leaves_no_timer() -> None:
    assert with_alarm(10, lambda x, y: x + y, (1,), {"y": 2}) == 3
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_callback_that_takes_longer_is_ended_where_it_is() -> None:
    began = time.monotonic()
    with pytest.raises(HandlerTimeout):
        with_alarm(0.02, time.sleep, (10,), {})
    assert time.monotonic() - began < 5


def test_what_a_callback_raises_comes_out_and_the_alarm_does_not_ring_later() -> None:
    with pytest.raises(ZeroDivisionError):
        with_alarm(0.02, lambda: 1 // 0, (), {})
    time.sleep(0.04)


def test_one_within_another_ends_no_later_than_that() -> None:
    def inner() -> None:
        with_alarm(10, time.sleep, (10,), {})

    with pytest.raises(HandlerTimeout):
        with_alarm(0.02, inner, (), {})


def test_the_outer_one_keeps_a_moment_to_record_the_inner_one() -> None:
    left: list[float] = []

    def outer() -> None:
        with_alarm(0.5, lambda: None, (), {})
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])

    with_alarm(0.6, outer, (), {})
    assert 0.9 < left[0] <= 1.0


def test_a_handler_and_a_timer_of_somebody_else_are_put_back() -> None:
    rung: list[int] = []
    signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    with_alarm(10, time.sleep, (0.05,), {})
    deadline = time.monotonic() + 5
    while not rung and time.monotonic() < deadline:
        time.sleep(0.005)
    assert rung == [1]
