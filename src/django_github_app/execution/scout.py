"""In which order a worker takes from a backlog: from installations in turn, what is urgent first.

While there is no backlog, events are taken as they come and nothing of this is asked. Behind one, each process reads
ahead in what waits, every row once and only the columns that say whose it is, and keeps the ids, so many for each
share. While no share has many, and nothing is urgent, the oldest are taken as ever: that is as fair. Else the process
claims by the ids that it kept; what another has claimed meanwhile is passed over. So a flood of one installation is
long for nobody else.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["AGEING", "Ahead", "Scout"]

MANY = 100
"""Events that one share may have waiting before the others are not to wait for all of them."""
MOST_KEPT = 2_000
"""Ids that are kept of one share; the rest are read again when these are used up."""
MOST = 50_000
"""Ids that are kept in all: a few megabytes. No more are read until some of them are used up."""
AGEING = 60.0
"""Seconds of waiting that count as much as one step of priority."""
OVERLAP = 100
"""Ids that are read once more: who takes a smaller one may commit it later."""
FEW = 2
"""Times as many events as another share that one may have had before events of the other go before a batch."""


class Ahead(NamedTuple):
    """An event that waits: whose it is, how urgent, in which lane."""

    id: int
    share: Hashable
    priority: int = 0
    lane: int | None = None


@dataclass(slots=True, eq=False)
class _Share:
    name: Hashable
    waiting: deque[Ahead] = field(default_factory=deque)
    tail: int = 0
    """The last event that was kept."""
    is_in_turn: bool = False
    has_more: bool = False
    """Whether there is more of it than was kept."""


@dataclass(slots=True, eq=False)
class _Level:
    """What waits with one priority, by share."""

    shares: dict[Hashable, _Share] = field(default_factory=dict)
    turns: deque[_Share] = field(default_factory=deque)
    """Those of which something waits, and perhaps some of which nothing does any more; the first one is next."""
    count: int = 0
    since: float = 0.0
    """Since when something of it waits and nothing was taken."""


class Scout:
    """Used by one thread, the ledger's: one for each worker type."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget everything: there is no backlog any more, or the database is another one."""
        self._levels: dict[int, _Level] = {}
        # Of more it is not worth while to know which were passed: what is picked is looked at before it is claimed.
        self._order: deque[Ahead] = deque(maxlen=2 * MOST)
        self._recent: set[int] = set()
        self._with_more: set[_Share] = set()
        self._again: int | None = None
        self._used_up = False
        self._count = 0
        self._shares = 0
        self._long = 0
        self._owed: set[int] = set()
        self.served: dict[Hashable, int] = {}
        """How many events each share has had since the backlog began."""
        self.last = 0
        """The last event that was read."""

    def is_needed(self) -> bool:
        """Return whether it matters which event is taken: a share has many, something is urgent, a lane goes on."""
        # One of which there is more than was kept has many, however few are left of those.
        count = self._shares + sum(not share.waiting for share in self._with_more)
        several = self.has_many() and count > 1
        return several or self.owes() or sum(level.count > 0 for level in self._levels.values()) > 1

    def has_many(self) -> bool:
        """Return whether a share has so many that others are not to wait for all of them."""
        return self._long > 0 or bool(self._with_more)

    def is_uneven(self) -> bool:
        """Return whether a share has had so many that others are not to wait until these are run."""
        return max(self.served.values(), default=0) >= MANY

    def is_full(self) -> bool:
        """Return whether no more is to be read for now."""
        return self._count >= MOST

    def owes(self) -> bool:
        """Return whether it keeps events that nobody else finds: of lanes that are to go on."""
        return bool(self._owed)

    def read_from(self, begin: int) -> int:
        """Return the id behind which to read on; looks begin with ``begin``."""
        self.last = max(self.last, begin - 1)
        return max(begin - 1, self.last - OVERLAP)

    def read(self, events: Iterable[Ahead], up_to: int = 0) -> None:
        """Take note of events that wait, in the order of their ids, behind `read_from`: all ``up_to`` an id."""
        before = self.last
        for one in events:
            if one.id in self._recent:
                continue
            self._recent.add(one.id)
            self.last = max(self.last, one.id)
            self._note(one, is_late=one.id <= before)
        self.last = max(self.last, up_to)
        self._recent = {pk for pk in self._recent if pk > self.last - OVERLAP}

    def left_out(self, priority: int = 0) -> list[Hashable]:
        """Return the shares of which no more is kept for now: they need not be read. So much is left of them."""
        level = self._levels.get(priority)
        if level is None or not self.has_many():
            return []
        full = [one for one in level.turns if one.has_more or len(one.waiting) >= MOST_KEPT]
        for share in full:
            self._leave(share, share.tail)
        return [share.name for share in full]

    def refill_from(self) -> int | None:
        """Return the id behind which there is more of a share that is used up; None: there is no such share."""
        return self._again if self._used_up else None

    def refill(self, events: Iterable[Ahead], *, more: bool) -> None:
        """Take note of events behind `refill_from`; ``more``: there are others behind these."""
        self._all_is_kept()
        last = 0
        for one in events:
            last = one.id
            self._note(one)
        if self._again is None and more:
            self._again, self._used_up = last, True

    def _leave(self, share: _Share, behind: int) -> None:
        share.has_more = True
        self._with_more.add(share)
        self._again = behind if self._again is None else min(self._again, behind)

    def _all_is_kept(self) -> None:
        self._again, self._used_up = None, False
        for share in self._with_more:
            share.has_more = False
        self._with_more.clear()

    def _note(self, one: Ahead, *, is_late: bool = False) -> None:
        share = self._share(one)
        if one.id <= share.tail and not is_late:
            return
        if share.has_more or len(share.waiting) >= MOST_KEPT:
            self._leave(share, one.id - 1)
            return
        share.tail = max(share.tail, one.id)
        self._order.append(one)
        self._keep(share, one)

    def passed(self, begin: int) -> None:
        """Forget events below an id from which looks begin: all of these are claimed."""
        order = self._order
        while order and order[0].id < begin:
            one = order.popleft()
            share = self._levels[one.priority].shares[one.share]
            # A lane that goes on is below as well, and nobody else has it.
            if share.waiting and share.waiting[0].id == one.id and one.id not in self._owed:
                self._taken(self._levels[one.priority], share)

    def put(self, events: Iterable[Ahead]) -> None:
        """Take note of events whose lane has become free: they have waited, and are the first of their share."""
        for one in events:
            self._owed.add(one.id)
            self._keep(self._share(one), one, first=True)

    def put_back(self, events: Iterable[Ahead]) -> None:
        """Take note of events that were picked and not claimed, in the order in which they were picked."""
        for one in reversed(list(events)):
            self._keep(self._share(one), one, first=True)

    def is_empty(self) -> bool:
        """Return whether nothing is kept."""
        return self._count == 0

    def settled(self, events: Iterable[Ahead]) -> None:
        """Note that these were claimed, by this process or another, or will be by whoever has their lane."""
        self._owed.difference_update(one.id for one in events)

    def pick(self, limit: int) -> list[Ahead]:
        """Return the next events, of shares in turn, no two of one lane; those that wait in a lane follow in it."""
        picked: list[Ahead] = []
        lanes: set[int] = set()
        while len(picked) < limit and (one := self._next()) is not None:
            if one.lane is not None:
                if one.lane in lanes and one.id not in self._owed:
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
            for share in list(level.turns):
                light = loads.get(share.name, 0) * FEW < most
                while share.waiting and (priority > 0 or light) and len(picked) < limit:
                    picked.append(self._taken(level, share))
        return picked

    def had(self, shares: Mapping[int, Hashable], claimed: Collection[int]) -> None:
        """Note which events were claimed."""
        for pk in claimed:
            if pk in shares:
                self.served[shares[pk]] = self.served.get(shares[pk], 0) + 1

    def _loads(self) -> dict[Hashable, int]:
        """Return for each share how many events it has had and is known to wait with."""
        loads = dict(self.served)
        for level in self._levels.values():
            for share in level.turns:
                loads[share.name] = loads.get(share.name, 0) + len(share.waiting)
        return loads

    def _share(self, one: Ahead) -> _Share:
        level = self._levels.get(one.priority)
        if level is None:
            level = self._levels[one.priority] = _Level()
        share = level.shares.get(one.share)
        if share is None:
            share = level.shares[one.share] = _Share(one.share)
        return share

    def _keep(self, share: _Share, one: Ahead, *, first: bool = False) -> None:
        level = self._levels[one.priority]
        if not level.count:
            level.since = self._clock()
        if first:
            share.waiting.appendleft(one)
        else:
            share.waiting.append(one)
        count = len(share.waiting)
        self._shares += count == 1
        self._long += count == MANY
        level.count += 1
        self._count += 1
        if not share.is_in_turn:
            share.is_in_turn = True
            level.turns.append(share)

    def _taken(self, level: _Level, share: _Share) -> Ahead:
        """Take the first event of a share out of what is kept."""
        one = share.waiting.popleft()
        count = len(share.waiting)
        self._shares -= count == 0
        self._long -= count == MANY - 1
        self._used_up = self._used_up or (not count and share.has_more)
        level.count -= 1
        self._count -= 1
        return one

    def _next(self) -> Ahead | None:
        now = self._clock()
        waiting = [
            (priority + (now - level.since) / AGEING, priority)
            for priority, level in self._levels.items()
            if level.count
        ]
        if not waiting:
            return None
        level = self._levels[max(waiting)[1]]
        while True:
            share = level.turns.popleft()
            if not share.waiting:
                share.is_in_turn = False
                continue
            # Put last: the next one is of another share.
            level.turns.append(share)
            level.since = now
            return self._taken(level, share)
