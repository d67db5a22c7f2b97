"""When a worker was told to stop: noted once, with the signal, in memory that its processes share."""

from __future__ import annotations

import mmap
import os
import signal
import time

import pytest

from django_github_app.broker import stopping


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_memory", mmap.mmap(-1, 8))


def test_outside_of_a_worker_nothing_is_noted() -> None:
    stopping.note()
    assert stopping.asked_at() is None


def test_the_first_time_counts(memory: None) -> None:
    assert stopping.asked_at() is None
    before = time.monotonic()
    stopping.note()
    first = stopping.asked_at()
    assert first is not None
    assert before <= first <= time.monotonic()
    time.sleep(0.01)
    stopping.note()
    assert stopping.asked_at() == first


def test_a_signal_is_noted_before_celery_deals_with_it(memory: None) -> None:
    seen: list[float | None] = []
    before = {number: signal.getsignal(number) for number in stopping.SIGNALS}
    try:
        for number in stopping.SIGNALS:
            signal.signal(number, lambda *_: seen.append(stopping.asked_at()))
        stopping._on_worker_ready(None)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert seen == [stopping.asked_at()]
    assert seen[0] is not None


def test_it_waits_before_the_end_for_what_still_runs(memory: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(stopping, "_before_end", [])
    stopping.before_end(lambda: waited.append(stopping.asked_at() is not None))
    stopping.WaitForCallbacks.shutdown(object.__new__(stopping.WaitForCallbacks), None)
    assert waited == [True]


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_the_signals_are_those_that_celery_stops_for(number: int) -> None:
    assert number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
