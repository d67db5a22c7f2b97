"""Choose events of the log by what they are, and run them again at a pace: each once, oldest first.

No statement reads more than some thousand rows: candidates come by the primary key, or by the index of dead events,
and what else is asked is asked of them.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.process.clock import as_aware, as_field

CANDIDATES: Final = 1000
RATE: Final = 50.0
"""Events a second, unless another pace is asked for."""
MARGIN: Final = 10_000
"""Ids below the first one of a time that are looked at too: deliveries are stored at nearly the time they came."""
SLACK: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events are run again. Empty: all finished ones."""

    failed: bool = False
    """Only those that failed for good."""
    handler: str = ""
    """Its dotted name, or the end of it; with ``failed`` the handler that failed."""
    event: str = ""
    """``issues`` or ``issues.opened``."""
    repository: str = ""
    since: dt.datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a job keeps it."""
        values = {"failed": self.failed, "handler": self.handler, "event": self.event}
        since = None if self.since is None else self.since.isoformat()
        return {**values, "repository": self.repository, "since": since}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return what a job kept."""
        since = values.get("since")
        return cls(**{**values, "since": dt.datetime.fromisoformat(since) if since else None})

    def start(self) -> int:
        """Return an id at and below which no such event is."""
        return 0 if self.since is None else last_id_before(self.since)

    def pages(self, after: int, bound: int) -> Iterator[tuple[list[int], int]]:
        """Yield the ids of such events above ``after`` and up to ``bound``, with the last id that was looked at."""
        rows = EventLog.objects.filter(status=EventStatus.DEAD) if self.failed else EventLog.objects.all()
        while True:
            candidates = list(
                rows.filter(pk__gt=after, pk__lte=bound)
                .order_by("pk")
                .values_list("pk", flat=True)[:CANDIDATES]
            )
            if not candidates:
                return
            yield self._matching(candidates), (after := candidates[-1])

    def _matching(self, candidates: list[int]) -> list[int]:
        found = EventLog.objects.filter(pk__in=candidates, status__gte=EventStatus.DONE)
        if self.event:
            event, _, action = self.event.partition(".")
            found = found.filter(event=event, **({"action": action} if action else {}))
        if self.repository:
            found = found.filter(repository=self.repository)
        if self.since is not None:
            found = found.filter(received_at__gte=as_field(self.since))
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        return self._run_by(ids) if self.handler else ids

    def _run_by(self, ids: list[int]) -> list[int]:
        runs = HandlerRun.objects.filter(event_id__in=ids)
        if self.failed:
            runs = runs.filter(status=RunStatus.DEAD)
        named = {
            event_id
            for event_id, handler in runs.values_list("event_id", "handler")
            if handler == self.handler or handler.endswith(f".{self.handler}")
        }
        return sorted(named)


def last_id_before(since: dt.datetime) -> int:
    """Return an id at and below which nothing was received since then, by some thirty looks into the primary key."""
    rows = EventLog.objects.order_by("pk").values_list("pk", "received_at")
    low, high = 0, newest_id()
    while low < high:
        middle = (low + high) // 2
        found = rows.filter(pk__gt=middle).first()
        if found is None or as_aware(found[1]) >= since - SLACK:
            high = middle
        else:
            low = found[0]
    return max(0, low - MARGIN)


def newest_id() -> int:
    """Return the highest id of the log, 0 for an empty one."""
    return EventLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def count(choice: Choice, most: int) -> tuple[int, bool]:
    """Return how many such events there are, and whether there are more: it stops at ``most``."""
    found = 0
    for ids, _ in choice.pages(choice.start(), newest_id()):
        found += len(ids)
        if found > most:
            return most, True
    return found, False


class Pace:
    """Lets so many events a second pass, in portions of half a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = time.monotonic()

    def portions(self, ids: list[int]) -> Iterator[list[int]]:
        """Yield the ids in portions, and wait before each until it is time."""
        size = max(1, int(self._rate / 2))
        for start in range(0, len(ids), size):
            time.sleep(max(0.0, self._free_at - time.monotonic()))
            portion = ids[start : start + size]
            self._free_at = time.monotonic() + len(portion) / self._rate
            yield portion


__all__ = ["RATE", "Choice", "Pace", "count", "last_id_before", "newest_id"]
