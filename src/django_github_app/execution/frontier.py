"""What a worker's process knows of the backlog: where its next look begins, and which lanes are behind it.

All of it is about cost. What it knows wrongly (a row that was committed long after its id was drawn, an event that
was replayed) is found all the same: by its id in a message, or by the sweep, which looks from the beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django_github_app.sql.claims import Claimed
from django_github_app.sql.lanes import NO_BOUNDS, LaneBounds

__all__ = ["Frontier"]

# Seconds for which an id may have been drawn before its row is committed.
LATE = 1.0
# Claims of a lane by this process after which its finished events are worth passing over.
BUSY = 50
MOST_BUSY = 256  # lanes that are named to a statement
MOST_LANES = 5_000  # lanes that are remembered
# Seconds after which a busy lane is looked into from its beginning again.
LOOK_AGAIN = 60.0


class _Lagging:
    """A number that grows, as it was ``LATE`` seconds ago or earlier."""

    __slots__ = ("_latest", "_since", "value")

    def __init__(self, now: float, value: int = 0) -> None:
        self.value = value
        self._latest = value
        self._since = now

    def note(self, value: int, now: float) -> None:
        if now - self._since >= LATE:
            self.value, self._since = self._latest, now
        self._latest = max(self._latest, value)


@dataclass(slots=True)
class _Lane:
    ids: _Lagging
    windows: _Lagging
    known_since: float
    claims: int = 0


class Frontier:
    """Used by one thread, the ledger's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._types: dict[str, _Lagging] = {}
        self._lanes: dict[int, _Lane] = {}
        self._busy: set[int] = set()

    def clear(self) -> None:
        """Forget everything: the next looks begin at the beginning. The database may be another one."""
        self._types.clear()
        self._lanes.clear()
        self._busy.clear()

    def first(self, worker_type: str) -> int:
        """Return the id from which on a look for pending events of a type has to read."""
        known = self._types.get(worker_type)
        return 0 if known is None else known.value

    def looked(self, worker_type: str, last: int) -> None:
        """Note that everything up to ``last`` was seen: what was not claimed is held, or somebody else's."""
        now = self._clock()
        known = self._types.get(worker_type)
        if known is None:
            known = self._types[worker_type] = _Lagging(now)
        known.note(last + 1, now)

    def bounds(self) -> LaneBounds:
        """Return the lanes that need not be read from their beginning."""
        if not self._busy:
            return NO_BOUNDS
        now = self._clock()
        for number in [one for one in self._busy if now - self._lanes[one].known_since > LOOK_AGAIN]:
            # Its next claim looks from the beginning, and makes it busy again.
            self._lanes[number].claims = BUSY - 1
            self._busy.discard(number)
        return LaneBounds(
            {lane: self._lanes[lane].ids.value for lane in self._busy},
            {lane: self._lanes[lane].windows.value for lane in self._busy},
        )

    def claimed(self, events: Iterable[Claimed]) -> None:
        """Note claims: at that moment no older event of the lane waited, and none of it ran."""
        now = self._clock()
        for event in events:
            if event.lane is None:
                continue
            # Put last: the first one is the one that was busy least lately.
            lane = self._lanes.pop(event.lane, None)
            if lane is None:
                lane = _Lane(_Lagging(now), _Lagging(now), now)
                self._forget_if_full()
            self._lanes[event.lane] = lane
            lane.ids.note(event.id, now)
            # One earlier: a statement may have begun a little before it looked.
            lane.windows.note(event.window - 1, now)
            lane.claims += 1
            if lane.claims >= BUSY and event.lane not in self._busy and len(self._busy) < MOST_BUSY:
                self._busy.add(event.lane)
                lane.known_since = now

    def _forget_if_full(self) -> None:
        if len(self._lanes) >= MOST_LANES:
            oldest = next(iter(self._lanes))
            del self._lanes[oldest]
            self._busy.discard(oldest)
