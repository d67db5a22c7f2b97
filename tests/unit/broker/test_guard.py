"""The guard beside a worker: who has one, and what becomes of a worker that lost it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.worker import state

from django_github_app.broker import guard
from django_github_app.broker.beside import EX_FAILURE, Beside
from django_github_app.process.board import Board


@pytest.fixture(autouse=True)
def _no_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(guard, "_guard", None)
    monkeypatch.setattr(guard, "_board", None)
    monkeypatch.setattr(state, "should_stop", None)
    yield
    guard._slots.take()


def test_a_worker_gets_its_step_once() -> None:
    app = Celery("guarded", set_as_current=False)
    guard.install(app)
    guard.install(app)
    assert list(app.steps["consumer"]) == [guard.WatchGuard]


def test_a_worker_that_is_no_program_is_left_alone() -> None:
    guard._on_worker_init(SimpleNamespace())
    assert guard.slot() is None


def test_a_process_of_a_guarded_worker_has_a_place_on_its_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_board", Board())
    slot = guard.slot()
    assert slot is not None
    assert guard.slot() is slot


@pytest.mark.parametrize("ended", [True, False])
def test_a_worker_whose_guard_is_gone_stops_with_a_failure(
    monkeypatch: pytest.MonkeyPatch, ended: bool, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard, "_guard", SimpleNamespace(has_ended=lambda: ended))
    guard._check()
    assert state.should_stop == (EX_FAILURE if ended else None)
    assert [record.levelname for record in caplog.records] == (["CRITICAL"] if ended else [])


def test_the_step_looks_again_and_again_and_no_longer_when_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[Any] = []
    entry = SimpleNamespace(cancel=lambda: calls.append("cancelled"))
    timer = SimpleNamespace(call_repeatedly=lambda seconds, call: calls.append((seconds, call)) or entry)
    parent = SimpleNamespace(timer=timer)
    step = guard.WatchGuard(parent)
    step.start(parent)
    assert calls == []  # without a guard there is nothing to look at
    monkeypatch.setattr(guard, "_guard", SimpleNamespace())
    step.start(parent)
    step.stop(parent)
    step.stop(parent)
    assert calls == [(guard.CHECK_EVERY, guard._check), "cancelled"]


def test_the_guard_looks_on_after_a_failure_ignores_what_everybody_is_sent_and_ends_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "CHECK_EVERY", 0.01)
    reading, writing = os.pipe()
    failed: list[bool] = []

    def look() -> float:
        if not failed:
            failed.append(True)
            raise OSError
        os.write(writing, b"x")
        return 60.0

    beside = Beside(lambda parent: guard._run(parent, look))
    assert os.read(reading, 1) == b"x"
    beside.tell_to_stop(signal.SIGTERM)
    time.sleep(0.05)
    assert not beside.has_ended()
    beside.tell_to_stop(guard.STOP)
    assert os.waitstatus_to_exitcode(os.waitpid(beside.pid, 0)[1]) == 0


def test_the_end_of_a_worker_ends_its_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    waits = iter([False, True])
    fake = SimpleNamespace(tell_to_stop=told.append, wait=lambda seconds: next(waits))
    monkeypatch.setattr(guard, "_guard", fake)
    guard._on_shutdown()
    guard._on_shutdown()
    assert told == [guard.STOP, signal.SIGKILL]
