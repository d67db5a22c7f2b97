"""How many events a worker claims at once: as many as it gets done before it would hand the rest back.

A worker whose callbacks are slow hands back what it has not started after SLOW_AFTER seconds. To claim BATCH_SIZE
again and again would move every event back and forth, and keep it from workers that are idle.
"""

from __future__ import annotations

import threading
import time

from django_github_app.conf import app_settings

from .leases import Batch

__all__ = ["Idleness", "Pace"]

# Messages in a row that found nothing, after which each waits for so many seconds before it looks. Meanwhile others
# come, with which it shares the look; and while this process has events to run, those have the processor.
SOME = 8
WAIT, WAIT_WHILE_BUSY = 0.010, 0.050


class Pace:
    """The number of events that the next batch of each worker type may have. Used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[str, int] = {}

    def limit(self, worker_type: str) -> int:
        """Return how many events to claim."""
        most = max(1, app_settings.BATCH_SIZE)
        return min(most, self._limits.get(worker_type, most))

    def note(self, worker_type: str, limit: int, batch: Batch) -> None:
        """Learn from a batch that was claimed with ``limit``: fewer if it was too long, twice as many if quick."""
        with self._lock:
            if batch.was_slow:
                self._limits[worker_type] = max(1, min(limit, batch.done_count))
            elif batch.done_count >= limit and batch.seconds() < app_settings.SLOW_AFTER / 2:
                self._limits[worker_type] = limit * 2
            if self._limits.get(worker_type, 0) >= app_settings.BATCH_SIZE:
                del self._limits[worker_type]


class Idleness:
    """How many messages in a row found nothing to do. Used by several threads; exact it need not be."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def wait(self, *, busy: bool) -> None:
        """Wait a little if many messages before this one were for nothing: behind a backlog there are thousands."""
        if self._in_a_row > SOME:
            time.sleep(WAIT_WHILE_BUSY if busy else WAIT)

    def note(self, *, found: bool) -> None:
        """Note what came of a message."""
        self._in_a_row = 0 if found else self._in_a_row + 1
