"""When a worker's processes and beat begin, for whoever has something to do there. Celery's signals stay here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import signals
from celery._state import get_current_app

from .queues import WORKER_TYPES, maintenance_queue, queue_for
from .schedules import SWEEP

__all__ = ["has_siblings", "on_beat", "on_end", "on_start", "on_worker", "starting", "worker_types"]

_is_program = False
_on_start: list[Callable[[], None]] = []


def on_start(callback: Callable[[], None]) -> None:
    """Have ``callback`` called in the main process of a worker, before it forks or has threads."""
    _on_start.append(callback)


def starting() -> None:
    """Call what `on_start` was given; `companion` calls this, before it forks."""
    global _is_program
    _is_program = True
    for callback in _on_start:
        callback()


def on_worker(callback: Callable[[], None]) -> None:
    """Have ``callback`` called in each process of a worker that runs tasks, once threads may be started there.

    Not in the main process of a prefork worker, which forks later on.
    """

    def in_child(**kwargs: Any) -> None:
        callback()

    def when_ready(sender: Any, **kwargs: Any) -> None:
        # Only programs: a worker that a test runs in a thread is not one.
        if _is_program and type(sender.pool).__module__ != "celery.concurrency.prefork":
            callback()

    name = f"{__name__}.{getattr(callback, '__qualname__', id(callback))}"
    signals.worker_process_init.connect(in_child, weak=False, dispatch_uid=f"{name}.child")
    signals.worker_ready.connect(when_ready, weak=False, dispatch_uid=f"{name}.ready")


def on_end(callback: Callable[[], None]) -> None:
    """Have ``callback`` called when a process that `on_worker` was called in, or beat, ends in good order."""

    def ending(**kwargs: Any) -> None:
        callback()

    name = f"{__name__}.{getattr(callback, '__qualname__', id(callback))}"
    signals.worker_process_shutdown.connect(ending, weak=False, dispatch_uid=f"{name}.child")
    signals.worker_shutdown.connect(ending, weak=False, dispatch_uid=f"{name}.worker")


def on_beat(started: Callable[[], None], sent: Callable[[], None]) -> None:
    """Have ``started`` called when beat begins, and ``sent`` each time that it sends the sweep."""

    def when_sent(sender: Any = None, **kwargs: Any) -> None:
        if sender == SWEEP:
            sent()

    def when_started(**kwargs: Any) -> None:
        signals.before_task_publish.connect(when_sent, weak=False, dispatch_uid=f"{__name__}.sent")
        started()

    signals.beat_init.connect(when_started, weak=False, dispatch_uid=f"{__name__}.beat")


def has_siblings() -> bool:
    """Return whether this is one of several processes of a worker, and not that for maintenance."""
    from billiard.process import current_process

    from . import companion

    return companion.is_beside() or current_process().name != "MainProcess"


def worker_types() -> list[str]:
    """Return what this worker's process is for: worker types, ``maintenance``."""
    consumed = set(get_current_app().amqp.queues.consume_from)
    found = [one for one in WORKER_TYPES if queue_for(one) in consumed]
    return [*found, "maintenance"] if maintenance_queue() in consumed else found
