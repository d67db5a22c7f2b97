"""Whether a worker was told to end: what Celery raises for that in a running callback is not the callback's own."""

from __future__ import annotations

import dis
import signal
import threading
from types import TracebackType

from billiard import common
from celery import current_app
from celery.exceptions import WorkerShutdown, WorkerTerminate

__all__ = ["ends_the_process", "in_worker"]

_RAISE = dis.opmap["RAISE_VARARGS"]


def in_worker() -> bool:
    """Return whether this process is a Celery worker's, and not one that runs tasks eagerly."""
    return bool(getattr(current_app.loader, "worker_initialized", False))


def ends_the_process(error: BaseException) -> bool:
    """Return whether an exception came from a signal that ends this process, not from the code it came out of.

    Celery's signal handlers raise SystemExit in whatever the main thread is doing, Python's own KeyboardInterrupt.
    """
    if isinstance(error, WorkerShutdown | WorkerTerminate):
        return True
    if isinstance(error, SystemExit):
        exited: list[bool] = getattr(common, "_should_have_exited", [False])
        return exited[0]  # set by the handler of a pool's process before it raises
    return isinstance(error, KeyboardInterrupt) and _is_ctrl_c(error.__traceback__)


def _is_ctrl_c(traceback: TracebackType | None) -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    # A signal interrupts any instruction; code that raises the exception itself is at this one.
    return traceback.tb_frame.f_code.co_code[traceback.tb_lasti] != _RAISE
