"""Long callbacks of a worker that stops: interrupted when the grace is over, once, and nothing else is."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from django_github_app.broker import stopping
from django_github_app.errors import RunInterrupted
from django_github_app.execution import handover


class Runtime:
    event_id, delivery = 1, "d"

    def __init__(self, *, long: bool = True, running: bool = True) -> None:
        self.calling = (SimpleNamespace(handler="app.h"),) if running else None
        self.interruption: RunInterrupted | None = None
        self.long = long
        self.interrupted = 0

    def may_be_long(self) -> bool:
        return self.long

    def interrupt(self, why: RunInterrupted) -> None:
        self.interruption = why
        self.interrupted += 1


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[float], None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "SHUTDOWN_GRACE": 10}

    def ago(seconds: float) -> None:
        monkeypatch.setattr(stopping, "asked_at", lambda: time.monotonic() - seconds)

    return ago


def interrupt(*runtimes: Runtime) -> list[int]:
    batches: Any = [SimpleNamespace(runtimes=lambda: runtimes)]
    handover.interrupt_long(batches)
    handover.interrupt_long(batches)
    return [one.interrupted for one in runtimes]


def test_a_worker_that_was_not_told_to_stop_interrupts_nothing() -> None:
    assert interrupt(Runtime()) == [0]
    assert not handover.is_near()


def test_within_the_grace_callbacks_go_on_and_from_half_of_it_a_checkpoint_is_the_end(
    asked: Callable[[float], None],
) -> None:
    asked(4)
    assert not handover.is_near()
    asked(6)
    assert handover.is_near()
    assert interrupt(Runtime()) == [0]


def test_after_it_the_long_ones_that_run_are_interrupted_once(asked: Callable[[float], None]) -> None:
    asked(11)
    assert interrupt(Runtime(), Runtime(long=False), Runtime(running=False)) == [1, 0, 0]


def test_a_process_waits_for_what_runs_and_no_longer_than_the_grace_and_a_little(
    asked: Callable[[float], None],
) -> None:
    left: list[Any] = [[1], [1], []]
    asked(0)
    handover.wait(lambda: left.pop(0))
    assert left == []
    asked(10 + handover.LEAVE_TAKING)
    handover.wait(lambda: [1])  # type: ignore[list-item]  # something
