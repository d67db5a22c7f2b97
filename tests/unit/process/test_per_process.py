"""One object per process: whoever asks first, after a fork, and when it can no longer work."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_github_app.execution import batches
from django_github_app.execution.recorder import Recorder
from django_github_app.process.per_process import PerProcess


def test_threads_that_ask_at_the_same_moment_share_one_object() -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.05)  # every thread is inside `get` before the first is through
        made.append(object())
        return made[-1]

    holder, together = PerProcess(make), threading.Barrier(8)

    def ask(_: int) -> object:
        together.wait(10)
        return holder.get()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert set(map(id, found)) == {id(made[0])}


def test_two_threads_that_take_their_first_messages_at_once_share_one_recorder_and_one_keeper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches.close()
    batches._process.take()
    made: list[object] = []

    class Slow(Recorder):
        def __init__(self) -> None:
            time.sleep(0.05)
            made.append(self)
            super().__init__()

    monkeypatch.setattr(batches, "Recorder", Slow)
    together = threading.Barrier(8)

    def first(_: int) -> tuple[int, int]:
        together.wait(10)
        own = batches._process.get()
        return id(own.recorder), id(own.keeper)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1
    assert len(made) == 1
    batches._process.take()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork: run on a POSIX system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_makes_its_own_even_while_a_thread_of_the_parent_is_making_one() -> None:
    in_make, go_on = threading.Event(), threading.Event()

    def make() -> int:
        if threading.current_thread() is not threading.main_thread():
            in_make.set()
            go_on.wait(10)
        return os.getpid()

    holder = PerProcess(make)
    thread = threading.Thread(target=holder.get)
    thread.start()
    assert in_make.wait(10)
    pid = os.fork()
    if pid == 0:  # the lock is held by a thread that this process does not have
        os._exit(0 if holder.get() == os.getpid() else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    go_on.set()
    thread.join(10)
    assert status == 0
    assert holder.get() == os.getpid()


def test_what_can_no_longer_work_is_replaced() -> None:
    good = True
    holder = PerProcess(object, still_good=lambda _: good)
    first = holder.get()
    assert holder.get() is first
    good = False
    assert holder.get() is not first


def test_what_was_taken_is_made_anew_by_the_next_who_asks() -> None:
    holder = PerProcess(object)
    assert holder.peek() is None
    assert holder.take() is None
    first = holder.get()
    assert holder.peek() is first
    assert holder.take() is first
    assert holder.peek() is None
    assert holder.get() is not first
