"""Time limits of a prefork worker's tasks, watched by one timer instead of one for each message.

Celery's main process makes a timer for each message, and a timer that is cancelled stays in its heap until it would
have been due: with a limit of 14 minutes and 1,000 messages a second that is half a gigabyte. Here a message has an
entry for as long as it runs. What is private of celery's pool is touched in this file only.

A task in whose process a callback with a longer limit of its own runs is given that time and `MARGIN` more: the limit
of tasks is for what nobody thought of, and somebody thought of that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from . import guard

INTERVAL = 1.0  # seconds between looks; a limit is kept that much too late
MARGIN = 120.0
"""Seconds of a task beside its longest callback: other events of its batch, and the end of one that is stopped."""

_Limits = tuple[float | None, float | None]  # soft, hard


class TimeLimits:
    """The limits of one pool's running tasks."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        longest_limit: Callable[[int], float] = lambda pid: 0.0,
    ) -> None:
        self._clock = clock
        self._longest_limit = longest_limit
        self._extended: dict[Any, tuple[float, _Limits]] = {}
        """What its own limits would have ended: until when, and those."""
        # Tasks with the same limits are due in the order in which they started.
        self._running: dict[_Limits, dict[Any, float]] = {}
        self._timer: Any = None
        self._pool: Any = None
        self._hub: Any = None
        self._cancel_with_celery: Callable[[Any], None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._running.values())) + len(self._extended)

    def attach(self, pool: Any, hub: Any) -> None:
        """Take over from what celery's pool has just registered with the event loop, each time it does so."""
        if self._timer is not None:
            self._timer.cancel()
        self._pool, self._hub = pool, hub
        self._cancel_with_celery = pool.on_timeout_cancel
        pool.on_timeout_set, pool.on_timeout_cancel = self._set, self._cancel
        self._timer = hub.call_repeatedly(INTERVAL, self.look)

    def _set(self, result: Any, soft: float | None, hard: float | None) -> None:
        if soft or hard:
            due = self._clock() + (soft or hard or 0.0)
            self._running.setdefault((soft, hard), {})[result._job] = due

    def _cancel(self, result: Any) -> None:
        if self._extended.pop(result._job, None) is not None:
            return
        for running in self._running.values():
            if running.pop(result._job, None) is not None:
                return
        if self._cancel_with_celery is not None:  # after a soft limit, the hard one is celery's
            self._cancel_with_celery(result)

    def look(self) -> None:
        """Act on every limit that is over."""
        now = self._clock()
        for job, (until, limits) in list(self._extended.items()):
            if until <= now:
                del self._extended[job]
                self._end(job, *limits)
        for (soft, hard), running in list(self._running.items()):
            while running:
                job, due = next(iter(running.items()))
                if due > now:
                    break
                del running[job]
                began = due - (soft or hard or 0.0)
                if (until := began + self._allowed(job)) > now:
                    self._extended[job] = (until, (soft, hard))
                else:
                    self._end(job, soft, hard)
            if not running:
                del self._running[soft, hard]

    def _end(self, job: Any, soft: float | None, hard: float | None) -> None:
        if soft:
            self._pool._on_soft_timeout(job, soft, hard, self._hub)
        else:
            self._pool._on_hard_timeout(job)

    def _allowed(self, job: Any) -> float:
        """Return the seconds that a task may run because of its callbacks; 0: no longer than its own limits."""
        result = self._pool._cache.get(job)
        pids = result.worker_pids() if hasattr(result, "worker_pids") else ()
        longest = max(map(self._longest_limit, pids), default=0.0)
        return longest + MARGIN if longest else 0.0


_of_pools: WeakKeyDictionary[Any, TimeLimits] = WeakKeyDictionary()


def watch_together(pool: Any, hub: Any) -> None:
    """Let one timer watch the time limits of a pool; of a pool that keeps none in the event loop, do nothing."""
    if all(hasattr(pool, name) for name in ("_on_soft_timeout", "_on_hard_timeout", "on_timeout_cancel")):
        limits = _of_pools.setdefault(pool, TimeLimits(longest_limit=guard.longest_limit))
        limits.attach(pool, hub)


__all__ = ["TimeLimits", "watch_together"]
