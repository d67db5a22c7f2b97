"""In which order a worker takes from a backlog: from installations in turn, what is urgent first.

While there is no backlog, events are taken as they come and nothing of this is asked. Behind one, each process reads
ahead in what waits, every row once and only the columns that say whose it is, and keeps the ids, so many for each
share. It claims by these ids; what another process has claimed meanwhile is passed over. So a flood of one
installation is long for nobody else.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["AGEING", "Ahead", "Scout"]

MOST_KEPT = 500
"""Ids that are kept of one share; the rest are read again when these are used up."""
AGEING = 60.0
"""Seconds of waiting that count as much as one step of priority."""
FEW = 2
"""Times as many events as another share that one may have had before events of the other go before a batch."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """An event that waits: whose it is, how urgent, in which lane."""

    id: int
    share: Hashable
    priority: int = 0
    lane: int | None = None


@dataclass(slots=True)
class _Share:
    waiting: deque[Ahead] = field(default_factory=deque)
    tail: int = 0
    """The last event that was kept."""


@dataclass(slots=True)
class _Level:
    """What waits with one priority, by share: the first one is next."""

    shares: dict[Hashable, _Share] = field(default_factory=dict)
    since: float = 0.0
    """Since when something of it waits and nothing was taken."""


class Scout:
    """Used by one thread, the ledger's: one for each worker type."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: dict[int, _Level] = {}
        self._again: int | None = None
        self.served: dict[Hashable, int] = {}
        """How many events each share has had since the backlog began."""
        self.last = 0
        """The last event that was read."""

    def clear(self) -> None:
        """Forget everything: there is no backlog any more, or the database is another one."""
        self._levels.clear()
        self.served.clear()
        self._again = None
        self.last = 0

    def is_needed(self) -> bool:
        """Return whether it matters which event is taken: there are several shares, or priorities."""
        return len(self._levels) > 1 or any(len(level.shares) > 1 for level in self._levels.values())

    def read(self, events: Iterable[Ahead]) -> None:
        """Take note of events that wait, in the order of their ids, from ``last`` on."""
        for one in events:
            self.last = max(self.last, one.id)
            self._keep(one)

    def put(self, events: Iterable[Ahead]) -> None:
        """Take note of events whose lane has become free: they have waited, and are the first of their share."""
        for one in events:
            self._share(one).waiting.appendleft(one)

    def _keep(self, one: Ahead) -> None:
        share = self._share(one)
        if one.id <= share.tail:
            return
        if len(share.waiting) >= MOST_KEPT:
            self._again = one.id - 1 if self._again is None else min(self._again, one.id - 1)
            return
        share.waiting.append(one)
        share.tail = one.id

    def _share(self, one: Ahead) -> _Share:
        level = self._levels.get(one.priority)
        if level is None:
            level = self._levels[one.priority] = _Level()
        if not any(share.waiting for share in level.shares.values()):
            level.since = self._clock()
        return level.shares.setdefault(one.share, _Share())

    def is_empty(self) -> bool:
        """Return whether nothing is kept."""
        return not any(share.waiting for level in self._levels.values() for share in level.shares.values())

    def read_again(self) -> bool:
        """Go back to what was not kept if something is used up; return whether there is such."""
        if self._again is None or all(
            share.waiting for level in self._levels.values() for share in level.shares.values()
        ):
            return self._again is not None
        self.last, self._again = self._again, None
        return True

    def pick(self, limit: int) -> list[Ahead]:
        """Return the next events, of shares in turn, no two of one lane; those that wait in a lane follow in it."""
        picked: list[Ahead] = []
        lanes: set[int] = set()
        while len(picked) < limit and (one := self._next()) is not None:
            if one.lane is not None:
                if one.lane in lanes:
                    continue
                lanes.add(one.lane)
            picked.append(one)
        return picked

    def pick_before_others(self, limit: int) -> list[Ahead]:
        """Return events that are not to wait for a batch under way: urgent ones, and of shares that had little."""
        loads = self._loads()
        most = max(loads.values(), default=0)
        picked: list[Ahead] = []
        for priority, level in sorted(self._levels.items(), reverse=True):
            for name, share in level.shares.items():
                light = loads[name] * FEW < most
                while share.waiting and (priority > 0 or light) and len(picked) < limit:
                    picked.append(share.waiting.popleft())
        return picked

    def _loads(self) -> dict[Hashable, int]:
        """Return for each share how many events it has had and is known to wait with."""
        loads = dict(self.served)
        for level in self._levels.values():
            for name, share in level.shares.items():
                loads[name] = loads.get(name, 0) + len(share.waiting)
        return loads

    def had(self, shares: Mapping[int, Hashable], claimed: Collection[int]) -> None:
        """Note which events were claimed."""
        for pk in claimed:
            if pk in shares:
                self.served[shares[pk]] = self.served.get(shares[pk], 0) + 1

    def _next(self) -> Ahead | None:
        now = self._clock()
        waiting = [
            (priority + (now - level.since) / AGEING, priority)
            for priority, level in self._levels.items()
            if any(share.waiting for share in level.shares.values())
        ]
        if not waiting:
            return None
        level = self._levels[max(waiting)[1]]
        for name, share in list(level.shares.items()):
            # Put last: the next one is of another share.
            level.shares[name] = level.shares.pop(name)
            if share.waiting:
                level.since = now
                return share.waiting.popleft()
        return None
