"""The event loop of a process: one, in a thread of its own, that survives forks, timeouts and stops."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_github_app.github import transport
from django_github_app.process import loop
from django_github_app.process.loop import get_loop, run_on_loop, stop_loop


@pytest.fixture(autouse=True)
def _stop() -> Iterator[None]:
    yield
    stop_loop()


async def thread_name() -> str:
    return threading.current_thread().name


def test_there_is_one_loop_whoever_asks() -> None:
    stop_loop()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: get_loop(), range(64)))
    assert found == {get_loop()}
    assert [t.name for t in threading.enumerate()].count("github-loop") == 1


def test_a_coroutine_runs_on_the_loops_thread_and_its_result_comes_back() -> None:
    assert run_on_loop(thread_name()) == "github-loop"
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: run_on_loop(thread_name()), range(32))) == {"github-loop"}


def test_an_exception_of_the_coroutine_comes_back() -> None:
    async def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_on_loop(fail())


def test_a_timeout_cancels_the_coroutine() -> None:
    ended = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        run_on_loop(endless(), timeout=0.01)
    assert ended.wait(2)


def test_an_interruption_of_the_wait_cancels_the_coroutine(monkeypatch: pytest.MonkeyPatch) -> None:
    class SoftTimeLimit(Exception):
        pass

    started, ended = threading.Event(), threading.Event()

    async def endless() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def interrupted(self: object, timeout: float | None = None) -> None:
        started.wait(2)
        raise SoftTimeLimit

    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)
    with pytest.raises(SoftTimeLimit):
        run_on_loop(endless())
    monkeypatch.undo()
    assert ended.wait(2)


def test_a_synchronous_call_on_the_loop_is_refused_instead_of_waiting_for_ever() -> None:
    async def careless() -> None:
        run_on_loop(thread_name())

    with pytest.raises(RuntimeError, match="await the asynchronous one"):
        run_on_loop(careless(), timeout=2)


def test_a_stopped_loop_is_closed_and_the_next_use_starts_another() -> None:
    first = get_loop()
    stop_loop()
    stop_loop()
    assert first.is_closed()
    assert run_on_loop(thread_name()) == "github-loop"
    assert get_loop() is not first


def test_stopping_lets_what_still_runs_clean_up() -> None:
    cleaned = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    future = asyncio.run_coroutine_threadsafe(endless(), get_loop())
    run_on_loop(asyncio.sleep(0))
    stop_loop()
    assert cleaned.is_set()
    assert future.cancelled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork: run on a POSIX system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_starts_its_own_loop() -> None:
    parents = get_loop()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:  # the child must not return into pytest
        status = 1
        try:
            if run_on_loop(thread_name(), timeout=5) == "github-loop" and loop.get_loop() is not parents:
                status = 0
            os.write(write, b"done")
        finally:
            sys.stdout.flush()
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b"done"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert get_loop() is parents
    assert run_on_loop(thread_name()) == "github-loop"


def test_a_thousand_calls_cost_no_loop_each() -> None:
    async def nothing() -> None: ...

    run_on_loop(nothing())
    started = time.process_time()
    for _ in range(1000):
        run_on_loop(nothing())
    assert time.process_time() - started < 2


def test_what_was_opened_on_a_loop_is_closed_on_it_before_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    closed_by: list[str] = []

    async def close() -> None:
        await asyncio.sleep(0.01)
        closed_by.append(threading.current_thread().name)

    monkeypatch.setattr(loop, "_closers", [])
    loop.close_with_loop(close)
    get_loop()
    stop_loop()
    assert closed_by == ["github-loop"]


def test_connections_to_github_are_among_it() -> None:
    assert transport.close in loop._closers
