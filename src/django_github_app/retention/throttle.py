"""Leave the database to the deliveries that come in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TypeVar

from django_github_app.conf import app_settings
from django_github_app.models import EventLog
from django_github_app.sql.dialects import dialect_for

from .policy import newest_id

T = TypeVar("T")

# Deliveries per second from which on the whole rest is taken; below, a part of it.
BUSY_RATE = 200.0
LOOK_EVERY = 0.25
LONGEST = 2.0


class Throttle:
    """Waits after a piece of work, the longer the more deliveries arrive, and not at all when none do.

    How many arrive is seen in the highest id of the event log, looked at four times a second. With all of
    RETENTION_REST, say 9, retention uses a tenth of the time of its database connection.
    """

    def __init__(self) -> None:
        self._times = app_settings.RETENTION_REST
        self._until = 0.0
        self._factor = 0.0
        self._seen: tuple[float, int] | None = None

    def each(self, steps: Iterator[T]) -> Iterator[T]:
        """Yield what ``steps`` yields, with a rest before each step that takes account of those before it."""
        while True:
            self._wait()
            started = time.monotonic()
            try:
                step = next(steps)
            except StopIteration:
                return
            self._until = time.monotonic() + min(LONGEST, self._factor * (time.monotonic() - started))
            yield step

    def _wait(self) -> None:
        if self._times <= 0:
            return
        # The time that the caller spent otherwise, waiting for the store say, was a rest too.
        if (seconds := self._until - time.monotonic()) > 0:
            time.sleep(seconds)
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] >= LOOK_EVERY:
            self._look(now)

    def _look(self, now: float) -> None:
        highest = newest_id(dialect_for(EventLog))
        if not highest:  # an empty table says nothing of how far its next id is
            self._seen, self._factor = None, 0.0
            return
        if self._seen is not None:
            then, before = self._seen
            rate = (highest - before) / (now - then)
            self._factor = self._times * min(1.0, max(0.0, rate / BUSY_RATE))
        self._seen = now, highest


__all__ = ["Throttle"]
