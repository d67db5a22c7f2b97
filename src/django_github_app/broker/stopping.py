"""When a worker was told to stop, as all its processes know it: long callbacks are handed back before it is killed.

Celery tells its processes nothing while it waits for their tasks, and of a soft shutdown its own signal comes when
that is over. So the moment is noted when the signal arrives, in memory that the worker's processes share.
"""

from __future__ import annotations

import mmap
import signal
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from celery import bootsteps, signals

if TYPE_CHECKING:
    from celery import Celery

__all__ = ["asked_at", "before_end", "install", "note"]

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_MOMENT = struct.Struct("<d")

_memory: mmap.mmap | None = None
_before_end: list[Callable[[], None]] = []


class WaitForCallbacks(bootsteps.StartStopStep):
    """Waits, when a worker with threads ends, for what still runs in it. Celery calls it on each way to end."""

    def shutdown(self, parent: Any) -> None:
        if _memory is not None:
            note()
            for callback in _before_end:
                callback()


def before_end(callback: Callable[[], None]) -> None:
    """Have ``callback`` called in the main process of a worker before that ends, however it was told to."""
    _before_end.append(callback)


def install(app: Celery) -> None:
    """Have the workers of ``app`` note when they are told to stop."""
    if WaitForCallbacks not in app.steps["consumer"]:
        app.steps["consumer"].add(WaitForCallbacks)
    signals.worker_init.connect(_on_worker_init, weak=False, dispatch_uid=f"{__name__}.init")
    signals.worker_ready.connect(_on_worker_ready, weak=False, dispatch_uid=f"{__name__}.ready")
    signals.worker_shutting_down.connect(_on_stop, weak=False, dispatch_uid=f"{__name__}.stop")


def asked_at() -> float | None:
    """Return when this worker was told to stop, on the clock of time.monotonic; None while it was not."""
    if _memory is None:
        return None
    (moment,) = _MOMENT.unpack_from(_memory)
    return moment or None


def note() -> None:
    """Note that the worker is to stop, unless that is known."""
    if _memory is not None and asked_at() is None:
        _MOMENT.pack_into(_memory, 0, time.monotonic())


def _on_worker_init(sender: Any, **kwargs: Any) -> None:
    from celery.apps.worker import Worker

    global _memory
    # Only programs. Before the pool is forked: its processes see what is written here later.
    if isinstance(sender, Worker):
        _memory = mmap.mmap(-1, _MOMENT.size)


def _on_worker_ready(sender: Any, **kwargs: Any) -> None:
    if _memory is None:
        return
    for number in SIGNALS:
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, _noting(handler))


def _noting(handler: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*args: Any) -> Any:
        note()
        return handler(*args)

    return noted


def _on_stop(**kwargs: Any) -> None:
    note()
