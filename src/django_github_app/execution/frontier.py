"""What a worker's process knows of the backlog: where its next look begins, and which lanes are behind it.

All of it is about cost. What it knows wrongly (a row that was committed long after its id was drawn, an event that
was replayed) is found all the same: by its id in a message, or by the sweep, which looks from the beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django_github_app.sql.claims import Claimed
from django_github_app.sql.lanes import NO_BOUNDS, WINDOW, LaneBounds

__all__ = ["Frontier"]

# Seconds for which an id may have been drawn before its row is committed.
LATE = 1.0
# Claims of a lane by this process after which its finished events are worth passing over.
BUSY = 50
FEW = 5  # claims since the last look from the beginning, below which a lane is not busy any more
MOST_BUSY = 256  # lanes that are named to a statement
MOST_LANES = 5_000  # lanes that are remembered
# Seconds for which the bounds are as they were last said: older ones are lower, and each claim would list every lane.
SAID = 0.25
# Seconds that a claim may take before every lane that is known is named, for so long: something was read from its
# beginning, and a process that has just begun would do that `BUSY` times for each lane.
DEAR = 0.03
NAMED_ALL = 60.0
# Seconds in which each busy lane is looked into from its beginning once, and the share of the time that this may take
# when it takes long.
LOOK_AGAIN = 60.0
SHARE = 1 / 500


class _Lagging:
    """A number that grows, as it was ``LATE`` seconds ago or earlier."""

    __slots__ = ("_latest", "_since", "value")

    def __init__(self, now: float, value: int = 0) -> None:
        self.value = value
        self._latest = value
        self._since = now

    def is_old(self, now: float) -> bool:
        return now - self._since >= LATE

    def note(self, value: int, now: float) -> None:
        if self.is_old(now):
            self.value, self._since = self._latest, now
        self._latest = max(self._latest, value)


@dataclass(slots=True)
class _Lane:
    ids: _Lagging
    windows: _Lagging
    claims: int = 0


class Frontier:
    """Used by one thread, the ledger's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._types: dict[str, _Lagging] = {}
        self._lanes: dict[int, _Lane] = {}
        self._busy: dict[int, None] = {}
        """Those that are named, in the order in which they are looked into again."""
        self._named_all_until = self._look_again_at = float("-inf")
        self._window, self._window_at = 0, float("-inf")
        """The last window of a claim, and when that was asked for."""
        self._said: tuple[LaneBounds, float, bool] | None = None

    def clear(self) -> None:
        """Forget everything: the next looks begin at the beginning. The database may be another one."""
        self._types.clear()
        self._lanes.clear()
        self._busy.clear()
        self._said = None

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

    def lags(self, worker_type: str) -> bool:
        """Return whether what is noted now would move the place from which a look reads."""
        known = self._types.get(worker_type)
        return known is None or known.is_old(self._clock())

    def bounds(self) -> LaneBounds:
        """Return the lanes that need not be read from their beginning.

        Windows count while a claim of the last window was asked for lately: the database's clock may have been set
        back since, and what is claimed by it then is below them. What was claimed so lately the lanes' guard sees.
        """
        if not self._busy:
            return NO_BOUNDS
        now = self._clock()
        sure = now - self._window_at < WINDOW
        if self._said is not None:
            said, until, was_sure = self._said
            if now < until and sure == was_sure:
                return said
        bounds = LaneBounds(
            {lane: self._lanes[lane].ids.value for lane in self._busy},
            {lane: self._lanes[lane].windows.value for lane in self._busy} if sure else {},
        )
        self._said = bounds, now + SAID, sure
        return bounds

    def took(self, seconds: float) -> None:
        """Note how long a claim took: after a dear one, all lanes that are known are named for a while."""
        if seconds < DEAR:
            return
        now = self._clock()
        if now >= self._named_all_until:
            for number in reversed(self._lanes):
                self._name(number, now)
        self._named_all_until = now + NAMED_ALL

    def to_look_again(self) -> tuple[int, int] | None:
        """Return a busy lane and its bound if it is time to look for what was passed over: what is pending again."""
        now = self._clock()
        if not self._busy or now < self._look_again_at:
            return None
        number = next(iter(self._busy))
        self._busy.pop(number)
        self._said = None
        lane = self._lanes[number]
        if lane.claims >= FEW:
            self._busy[number] = None
        lane.claims = 0
        self._look_again_at = now + LOOK_AGAIN / max(1, len(self._busy))
        return number, lane.ids.value

    def looked_again(self, number: int, waits: int | None, seconds: float) -> None:
        """Note what the oldest pending event of a lane below its bound is, and how long it took to find out."""
        now = self._clock()
        self._look_again_at = max(self._look_again_at, now + seconds / SHARE)
        if waits is not None and (lane := self._lanes.get(number)) is not None:
            lane.ids = _Lagging(now, waits)
            self._said = None

    def claimed(self, events: Sequence[Claimed], asked_at: float | None = None) -> None:
        """Note claims: when they were asked for no older event of the lane waited, and none of it ran."""
        now = self._clock()
        if events:
            if max(event.window for event in events) < self._window:
                self.clear()  # the database's clock was set back
            self._window = max(event.window for event in events)
            self._window_at = now if asked_at is None else asked_at
        for event in events:
            if event.lane is None:
                continue
            # Put last: the first one is the one that was busy least lately.
            lane = self._lanes.pop(event.lane, None)
            if lane is None:
                lane = _Lane(_Lagging(now), _Lagging(now))
                self._forget_if_full()
            self._lanes[event.lane] = lane
            lane.ids.note(event.id, now)
            # One earlier: a statement may have begun a little before it looked.
            lane.windows.note(event.window - 1, now)
            lane.claims += 1
            if lane.claims >= BUSY or now < self._named_all_until:
                self._name(event.lane, now)

    def _name(self, number: int, now: float) -> None:
        if number in self._busy or len(self._busy) >= MOST_BUSY:
            return
        if not self._busy:
            self._look_again_at = now + LOOK_AGAIN
        self._busy[number] = None
        self._said = None

    def _forget_if_full(self) -> None:
        if len(self._lanes) >= MOST_LANES:
            oldest = next(iter(self._lanes))
            del self._lanes[oldest]
            self._busy.pop(oldest, None)
