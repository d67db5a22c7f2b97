"""Threads for synchronous callbacks: one at once, used again, and interrupted but not killed."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from queue import SimpleQueue

import pytest
from django.db import connections

from django_github_app.errors import HandlerTimeout
from django_github_app.execution import threads
from django_github_app.execution.threads import NoThreadFree, Permit, Running, start
from django_github_app.process.per_process import PerProcess


def test_a_call_runs_in_another_thread_and_its_result_comes_back() -> None:
    running = start(threading.get_ident)
    assert running.wait(10)
    assert running.result() != threading.get_ident()


def test_what_it_raises_is_raised_where_the_result_is_asked_for() -> None:
    running = start(lambda: int("seven"))
    assert running.wait(10)
    with pytest.raises(ValueError, match="seven"):
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


@pytest.fixture
def of_its_own(monkeypatch: pytest.MonkeyPatch) -> PerProcess[threads._Threads]:
    """Threads that no other test has used."""
    own = PerProcess(threads._Threads)
    monkeypatch.setattr(threads, "_process", own)
    return own


def test_a_thread_that_nobody_needs_any_more_ends_and_closes_its_connections(
    of_its_own: PerProcess[threads._Threads], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.1)
    closed: list[str] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(threading.current_thread().name))
    gate = threading.Event()
    begun = threading.Barrier(6)
    seen: list[threading.Thread] = []

    def busy() -> None:
        seen.append(threading.current_thread())
        begun.wait(10)
        gate.wait(10)

    many = [start(busy) for _ in range(5)]
    begun.wait(10)
    gate.set()
    assert all(one.wait(10) for one in many)
    for thread in seen:
        thread.join(10)
        assert not thread.is_alive()
    assert sorted(closed) == sorted(thread.name for thread in seen)
    again = start(lambda: 7)
    assert again.wait(10)
    assert again.result() == 7


def test_a_call_that_comes_just_as_its_thread_ends_is_run_all_the_same(
    of_its_own: PerProcess[threads._Threads], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.002)
    for number in range(300):
        running = start(partial(int, number))
        assert running.wait(10)
        assert running.result() == number
        time.sleep(0.002)


def test_a_thread_that_was_taken_at_the_last_moment_goes_on(
    of_its_own: PerProcess[threads._Threads], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.0)
    own, inbox = of_its_own.get(), SimpleQueue[Running]()
    running = Running(lambda: 1)
    # Its time is over, and whoever took it from the idle ones has not handed it the call yet.
    threading.Timer(0.05, inbox.put, [running]).start()
    assert own._next(inbox) is running
