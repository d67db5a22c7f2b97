"""Looks that are repeated and mostly cheap: a dear one is repeated less often, to take little of the database.

A look from the beginning reads whatever dead versions PostgreSQL had to keep: none as a rule, and all of a day's
events when somebody holds a snapshot for a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Pacing"]

# Seconds that a look may take and be repeated each time.
CHEAP = 0.25
# Of the time, what a dear look may take.
SHARE = 0.05


class Pacing:
    """When each of some looks, by name, was taken last and how long that took, in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}
        self._began: dict[str, float] = {}

    def is_due(self, name: str) -> bool:
        """Return whether the look may be taken from the beginning."""
        return self._clock() >= self._due.get(name, float("-inf"))

    def since(self, name: str) -> float:
        """Return the seconds since the last look began that ended well."""
        return self._clock() - self._began[name]

    @contextmanager
    def measured(self, name: str, *, complete: bool = True) -> Iterator[None]:
        """Measure a look; one that raises does not count. ``complete``: it is from the beginning."""
        began = self._clock()
        yield
        ended = self._clock()
        self._began[name] = began
        if complete:
            took = ended - began
            self._due[name] = ended if took < CHEAP else ended + took / SHARE
