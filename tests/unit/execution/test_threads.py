"""Threads for synchronous callbacks: one at once, used again, and interrupted but not killed."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from django_github_app.errors import HandlerTimeout
from django_github_app.execution import threads
from django_github_app.execution.threads import NoThreadFree, Permit, start


def test_a_call_runs_in_another_thread_and_its_result_comes_back() -> None:
    running = start(threading.get_ident)
    assert running.wait(10)
    assert running.result() != threading.get_ident()


def test_what_it_raises_is_raised_where_the_result_is_asked_for() -> None:
    running = start(lambda: {}["missing"])
    assert running.wait(10)
    with pytest.raises(KeyError):
        running.result()


def test_a_thread_that_is_free_is_used_again_and_a_busy_one_waited_for_by_nobody() -> None:
    gate = threading.Event()
    busy = start(lambda: gate.wait(10) and threading.get_ident())
    other = start(threading.get_ident)
    assert other.wait(10)
    gate.set()
    assert busy.wait(10)
    assert busy.result() != other.result()
    time.sleep(0.02)  # until it is back among the idle ones
    again = start(threading.get_ident)
    assert again.wait(10)
    assert again.result() in (busy.result(), other.result())


def test_a_call_is_interrupted_between_two_steps_of_python() -> None:
    begun = threading.Event()

    def spin() -> None:
        begun.set()
        while True:
            time.sleep(0.001)

    running = start(spin)
    assert begun.wait(10)
    assert not running.has_ended()
    running.interrupt()
    assert running.wait(10)
    with pytest.raises(HandlerTimeout):
        running.result()


def test_who_ended_is_not_interrupted_any_more() -> None:
    running = start(lambda: 1)
    assert running.wait(10)
    running.interrupt()
    assert running.result() == 1
    after = start(lambda: 2)
    assert after.wait(10)
    assert after.result() == 2


def test_the_end_is_told_in_the_thread() -> None:
    told: list[int] = []
    running = start(threading.get_ident, lambda: told.append(threading.get_ident()))
    assert running.wait(10)
    deadline = time.monotonic() + 10
    while not told and time.monotonic() < deadline:
        time.sleep(0.001)
    assert told == [running.result()]


async def test_permits_are_bounded_given_back_once_and_refused_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "THREADS", 1)
    monkeypatch.setattr(threads, "PATIENCE_FOR_A_THREAD", 0.02)
    monkeypatch.setattr(Permit, "_gate", None)
    first = await Permit.get()
    with pytest.raises(NoThreadFree):
        await Permit.get()
    assert not await first.wait(0.001)
    await asyncio.to_thread(first.thread_ended)
    assert await first.wait(10)
    first.release()
    await Permit.get()
    with pytest.raises(NoThreadFree):
        await Permit.get()
