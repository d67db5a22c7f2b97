"""The process beside a worker that keeps its leases while callbacks keep the interpreter to themselves.

What it does is handed in (`watch_with`): this room knows how a worker starts and ends, not what a lease is. All
processes of the worker, and this one, share a `Board`.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from billiard.process import current_process
from celery import bootsteps, signals
from celery.worker import state

from django_github_app.conf import app_settings
from django_github_app.process.board import Board, Slot
from django_github_app.process.per_process import PerProcess

from . import companion
from .beside import EX_FAILURE, Beside
from .queues import maintenance_queue

if TYPE_CHECKING:
    from celery import Celery

__all__ = ["install", "longest_limit", "slot", "watch_with"]

logger = logging.getLogger(__name__)

CHECK_EVERY = 2.0  # seconds between a worker's looks at whether its guard is still there
STOP: Final = signal.SIGUSR1
# Sent to every process of a container at once; the guard stays until the last callback has ended.
_IGNORED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)

Watcher = Callable[[Board], Callable[[], float]]

_watcher: Watcher | None = None
_board: Board | None = None  # in a worker, in the processes of its pool, and in its guard
_guard: Beside | None = None  # in the worker


def watch_with(watcher: Watcher) -> None:
    """Have the guard call ``watcher`` once, and then, after as many seconds as it says, what that returns."""
    global _watcher
    _watcher = watcher


def install(app: Celery) -> None:
    """Give the workers of ``app`` a guard."""
    if WatchGuard not in app.steps["consumer"]:
        app.steps["consumer"].add(WatchGuard)
    signals.worker_init.connect(_on_worker_init, weak=False, dispatch_uid=f"{__name__}.init")
    signals.worker_shutdown.connect(_on_shutdown, weak=False, dispatch_uid=f"{__name__}.closed")


def slot() -> Slot | None:
    """Return where this process notes its claims; None where nobody would read them."""
    return None if _board is None else _slots.get()


def longest_limit(pid: int) -> float:
    """Return how many seconds a callback may run of what a process of this worker holds; 0: as the settings say."""
    if _board is None:
        return 0.0
    return max((held.limit for held in _board.read() if held.pid == pid), default=0.0)


def _join() -> Slot | None:
    if _board is None:
        return None
    # The pool numbers its processes from 0, and gives the number of one that ended to its successor.
    number = getattr(current_process(), "index", None)
    return _board.join(0 if number is None else number + 1)


_slots: PerProcess[Slot | None] = PerProcess(_join)


class WatchGuard(bootsteps.StartStopStep):
    """Looks, from the loop of a worker, after its guard."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        self.timer_entry: Any = None
        super().__init__(parent, **kwargs)

    def start(self, parent: Any) -> None:
        if _guard is not None:
            self.timer_entry = parent.timer.call_repeatedly(CHECK_EVERY, _check)

    def stop(self, parent: Any) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()
            self.timer_entry = None


def _on_worker_init(sender: Any, **kwargs: Any) -> None:
    from celery.apps.worker import Worker

    global _board, _guard
    # Only programs: a worker that a test runs in a thread must not fork. A companion runs no callbacks.
    if not isinstance(sender, Worker) or companion.is_companion() or _board is not None:
        return
    queues = sender.app.amqp.queues.consume_from
    if WatchGuard not in sender.app.steps["consumer"] or set(queues) <= {maintenance_queue()}:
        return
    if _watcher is None or not app_settings.LEASE_GUARD or not hasattr(os, "fork"):
        return
    board, watcher = Board(), _watcher
    _guard = Beside(lambda parent: _run(parent, watcher(board)))
    _board = board


def _check() -> None:
    global _guard
    if _guard is not None and _guard.has_ended():
        logger.critical("the process that keeps leases is gone, so this worker stops")
        _guard = None
        state.should_stop = EX_FAILURE  # type: ignore[assignment]  # it is an exit code


def _on_shutdown(**kwargs: Any) -> None:
    global _guard
    guard, _guard = _guard, None
    if guard is None:
        return
    guard.tell_to_stop(STOP)
    if not guard.wait(2):
        guard.tell_to_stop(signal.SIGKILL)
        guard.wait(2)


def _run(parent: int, look: Callable[[], float]) -> int:
    """Look until the worker says that it ends, or has ended."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(STOP, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    while os.getppid() == parent:
        try:
            pause = look()
        except Exception as error:  # noqa: BLE001 - it looks again; without it leases end
            logger.warning("lease guarding failed", extra={"error": type(error).__name__})
            pause = 1.0
        if select.select([woken], [], [], min(pause, CHECK_EVERY))[0]:
            return 0
    return 0
