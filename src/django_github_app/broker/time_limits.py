"""Time limits of a prefork worker's tasks, watched by one timer instead of one for each message.

Celery's main process makes a timer for each message, and a timer that is cancelled stays in its heap until it would
have been due: with a limit of 14 minutes and 1,000 messages a second that is half a gigabyte. Here a message has an
entry for as long as it runs. What is private of celery's pool is touched in this file only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

INTERVAL = 1.0  # seconds between looks; a limit is kept that much too late

_Limits = tuple[float | None, float | None]  # soft, hard


class TimeLimits:
    """The limits of one pool's running tasks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Tasks with the same limits are due in the order in which they started.
        self._running: dict[_Limits, dict[Any, float]] = {}
        self._timer: Any = None
        self._pool: Any = None
        self._hub: Any = None
        self._cancel_with_celery: Callable[[Any], None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._running.values()))

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
        for running in self._running.values():
            if running.pop(result._job, None) is not None:
                return
        if self._cancel_with_celery is not None:  # after a soft limit, the hard one is celery's
            self._cancel_with_celery(result)

    def look(self) -> None:
        """Act on every limit that is over."""
        now = self._clock()
        for (soft, hard), running in list(self._running.items()):
            while running:
                job, due = next(iter(running.items()))
                if due > now:
                    break
                del running[job]
                if soft:
                    self._pool._on_soft_timeout(job, soft, hard, self._hub)
                else:
                    self._pool._on_hard_timeout(job)
            if not running:
                del self._running[soft, hard]


_of_pools: WeakKeyDictionary[Any, TimeLimits] = WeakKeyDictionary()


def watch_together(pool: Any, hub: Any) -> None:
    """Let one timer watch the time limits of a pool; of a pool that keeps none in the event loop, do nothing."""
    if all(hasattr(pool, name) for name in ("_on_soft_timeout", "_on_hard_timeout", "on_timeout_cancel")):
        _of_pools.setdefault(pool, TimeLimits()).attach(pool, hub)


__all__ = ["TimeLimits", "watch_together"]
