"""A blocked event loop is noticed, named, and given up."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator

import pytest

from django_github_app.execution.watchdog import EXIT_CODE, LoopWatch, end_worker, loop_traceback
from django_github_app.process import loop as loops


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    loops.stop_loop()


class Watched:
    """A watch that gives up after a while, and what it gave up."""

    def __init__(self, give_up_after: float) -> None:
        self.given_up: list[str] = []
        self.over = threading.Event()
        self.watch = LoopWatch(
            notice_after=lambda: 0.02, give_up_after=lambda: give_up_after, give_up=self.give_up
        )

    def give_up(self, loop: asyncio.AbstractEventLoop, traceback: str) -> None:
        if not self.given_up:
            self.given_up.append(traceback)
        self.over.set()


def block(seconds: float) -> None:
    async def a_callback_that_blocks() -> None:
        time.sleep(seconds)

    loops.run_on_loop(a_callback_that_blocks())


def test_a_loop_that_is_blocked_for_a_while_is_logged_once_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def written() -> list[str]:
        """Return the messages from the callback on: a busy machine holds a loop up as well, for a moment."""
        records = list(caplog.records)
        is_meant = ["a_callback_that_blocks" in record.__dict__.get("traceback", "") for record in records]
        assert is_meant.count(True) < 2
        return [record.getMessage() for record in records[is_meant.index(True) :]] if True in is_meant else []

    watched = Watched(60)
    with caplog.at_level(logging.WARNING, "django_github_app"):
        watched.watch.begin()
        block(0.2)
        deadline = time.monotonic() + 5
        while len(written()) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
    watched.watch.end()
    assert written()[:2] == ["event loop blocked by a callback", "event loop goes on"]
    assert watched.given_up == []


def test_a_loop_that_stays_blocked_is_given_up_with_its_traceback() -> None:
    watched = Watched(0.05)
    watched.watch.begin()
    block(0.3)
    assert watched.over.wait(5)
    watched.watch.end()
    assert "a_callback_that_blocks" in watched.given_up[0]


def test_where_the_loop_is_says_nothing_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "loop_thread", lambda: None)
    assert loop_traceback() == ""


def test_a_worker_that_ends_says_why_and_that_it_failed(caplog: pytest.LogCaptureFixture) -> None:
    pid = os.fork()
    if pid == 0:
        end_worker("its loop is blocked")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == EXIT_CODE
