"""What one process has one of: made on first use by whichever thread comes first, and forgotten in a forked child.

Threads, sockets and locks do not survive a fork: the child's copies belong to threads that it does not have. Module
globals with a lock and a fork hook each are easily got wrong; this is the one place that gets it right.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

__all__ = ["PerProcess"]

_all: weakref.WeakSet[PerProcess[Any]] = weakref.WeakSet()


class PerProcess(Generic[T]):
    """Holds one ``T`` per process.

    ``make`` is called once, under a lock, by the first `get`; threads that ask at the same moment wait for it and
    share what it returns. A forked child makes its own. ``still_good`` lets a holder notice that what it holds can no
    longer work (a thread that has died); the next `get` then makes another.
    """

    def __init__(self, make: Callable[[], T], *, still_good: Callable[[T], bool] | None = None) -> None:
        self._make = make
        self._still_good = still_good
        self._lock = threading.RLock()
        self._held: T | None = None
        _all.add(self)

    def get(self) -> T:
        """Return this process's object, made if there is none."""
        held = self._held
        if held is not None and (self._still_good is None or self._still_good(held)):
            return held
        with self._lock:
            held = self._held
            if held is None or (self._still_good is not None and not self._still_good(held)):
                held = self._held = self._make()
            return held

    def peek(self) -> T | None:
        """Return this process's object if there is one."""
        return self._held

    def take(self) -> T | None:
        """Return this process's object and forget it: the caller stops it, the next `get` makes another."""
        with self._lock:
            held, self._held = self._held, None
            return held

    def _forget(self) -> None:
        # The lock too: a thread that the child does not have may hold it.
        self._lock = threading.RLock()
        self._held = None


def _forget_after_fork() -> None:
    for one in list(_all):
        one._forget()


os.register_at_fork(after_in_child=_forget_after_fork)
