"""The time limit of a synchronous callback in the main thread, and how it is interrupted: SIGALRM."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django_github_app.errors import HandlerTimeout, RunInterrupted

__all__ = ["interrupt", "with_alarm"]

_armed = False  # whether a callback runs that SIGALRM is to end
_interruption: RunInterrupted | None = None  # what it is to raise in it, once


def interrupt(why: RunInterrupted) -> None:
    """Raise ``why`` in the callback that runs in the main thread, from another thread; none runs: do nothing."""
    global _interruption
    if _armed and signal.getsignal(signal.SIGALRM) is _ring:
        _interruption = why
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)


def with_alarm(seconds: float, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call it in the main thread; after ``seconds`` `HandlerTimeout` is raised in it.

    One within another, as in eager tasks, ends no later than that. A handler and a timer that somebody else has set
    are put back; where there was no handler, ours stays, and does nothing between two calls.
    """
    global _armed
    was_armed, previous = _armed, signal.getsignal(signal.SIGALRM)
    if previous is not _ring:
        signal.signal(signal.SIGALRM, _ring)
    _armed, started = True, time.monotonic()
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    if was_armed and 0 < remaining < seconds:
        signal.setitimer(signal.ITIMER_REAL, remaining)
    try:
        return callback(*args, **kwargs)
    finally:
        _armed = was_armed
        signal.setitimer(signal.ITIMER_REAL, 0)
        # To set and take back a handler each time costs more than a trivial callback.
        if previous not in (_ring, signal.SIG_DFL, None):  # None: set by an extension, not by Python
            signal.signal(signal.SIGALRM, previous)
        if remaining:
            # What is due rings a moment later: here it would still count as this callback's. One around it is given
            # the time to record this one: it would interrupt that in the middle of a query.
            rest = max(remaining - (time.monotonic() - started), 1.0 if was_armed else 0.01)
            signal.setitimer(signal.ITIMER_REAL, rest, interval)


def _ring(*_: object) -> None:
    global _interruption
    why, _interruption = _interruption, None
    if _armed:
        raise why or HandlerTimeout
