"""Takes from a backlog in the order that `scout` says, beside the recorder's looks, which take what is oldest."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django_github_app import routing
from django_github_app.conf import app_settings
from django_github_app.sql import ahead
from django_github_app.sql.claims import Claimed

from . import scout as scouting
from .scout import Ahead, Scout

__all__ = ["Fairness"]

logger = logging.getLogger(__name__)

READ = 2_000
"""Rows that are read ahead at once."""
WIDE = 100_000
"""Ids among which the events of others than a flood are looked for at once."""
LOOKS = 10
"""Claims for one group of tasks: other processes may have claimed much of what this one knows."""
SPARE = 3
"""Times as many events as there is room for are looked at before the claim: processes read the same rows."""
BETWEEN_EACH = 0.010
"""Seconds between looks for what goes before the rest of a batch, and at what came in since."""
COST, COST_BESIDE_MANY = 30, 4
"""Times as long as such a look took is the least that passes before the next one; and while a share has many."""
MOST_BETWEEN = 8
OLDEST_EACH = 8
"""Of so many claims one takes the oldest: what was forgotten here does not wait until a flood is over."""
BULK = 50
"""Events that are claimed at once, at least, while there is a backlog and hardly ever without one."""
CROWDED = 3.0
"""Seconds for which it counts whose events were claimed so: these are still run, and others would wait for them."""
OLDEST, NEWEST = 10_000, 1_000
"""Rows at each end of a backlog of which is counted whose they are."""
COLUMNS = {"installation": "installation_id", "repository": "repository"}
"""Of FAIR_SHARE, where a column says whose an event is."""

Claim = Callable[[Sequence[int], Collection[str]], list[Claimed]]


class Fairness:
    """Used by one thread, the ledger's. ``claim`` claims events by their ids."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._scouts: dict[str, Scout] = {}
        self._takes = 0
        self._between_at = float("-inf")
        self._crowds: dict[str, _Crowd] = {}
        self._counted: dict[str, _Counted] = {}
        """What the database said when it was last asked whether anybody has many, or anything is urgent."""
        self._read_at: dict[str, float] = {}
        """Not before then the rows behind those that were read are looked at."""

    def clear(self) -> None:
        """Forget everything."""
        self._scouts.clear()
        self._crowds.clear()
        self._read_at.clear()
        self._counted.clear()

    def _note(self, worker_type: str, claimed: Sequence[Claimed]) -> None:
        """Note whose events were claimed at once."""
        if len(claimed) >= BULK and app_settings.FAIR_SHARE == "installation":
            self._crowds.setdefault(worker_type, _Crowd()).note(one.installation_id for one in claimed)

    def is_crowded(self, worker_type: str) -> bool:
        """Return whether many events of one share were claimed lately: what comes in does not wait for these."""
        return self._crowd(worker_type) is not None

    def _crowd(self, worker_type: str) -> ahead.Shares | None:
        crowd = self._crowds.get(worker_type)
        return None if crowd is None else crowd.flood()

    def is_on(self, worker_type: str) -> bool:
        """Return whether there is a backlog of a worker type of which it matters what is taken."""
        scout = self._scouts.get(worker_type)
        return scout is not None and scout.is_needed()

    def take(
        self, worker_type: str, begin: int, room: int, unordered: Collection[str]
    ) -> tuple[list[Claimed], bool] | None:
        """Claim from a backlog; return that, and whether there is more. None: the oldest may be taken."""
        if not self._is_worth_reading(worker_type, begin):
            return None
        scout = self._read(worker_type, begin)
        self._takes += 1
        if not scout.is_needed() or self._takes % OLDEST_EACH == 0:
            return None
        claimed: list[Claimed] = []
        for _ in range(LOOKS):
            left = room - len(claimed)
            picked = scout.pick(left * SPARE)
            if not picked:
                break
            waiting = {row[0] for row in ahead.those([one.id for one in picked])}
            still = [one for one in picked if one.id in waiting]
            scout.settled(one for one in picked if one.id not in waiting)
            scout.put_back(still[left:])
            claimed += self._claimed(scout, still[:left], unordered)
            if len(claimed) >= room:
                break
            if scout.is_empty():
                self._read(worker_type, begin)
        self._note(worker_type, claimed)
        return (claimed, True) if claimed else None

    def before_others(
        self, worker_type: str, begin: int, unordered: Collection[str], *, behind: bool
    ) -> list[Claimed]:
        """Claim what is not to wait for a batch that is under way; asked often, it looks now and then.

        ``behind``: the last look left events behind. While much of one share is run, others go first without it.
        """
        if not behind and not self.is_crowded(worker_type):
            return []
        began = time.monotonic()
        if began < self._between_at or not self._is_worth_reading(worker_type, begin):
            return []
        scout = self._read(worker_type, begin)
        claimed = []
        if scout.is_needed() or scout.is_uneven():
            claimed = self._claimed(scout, scout.pick_before_others(MOST_BETWEEN), unordered)
        # What is read in steps is read once, which is what it costs.
        is_at_the_end = self._read_at.get(worker_type, 0.0) > began
        self._between_at = _next(scout, began) if is_at_the_end else time.monotonic() + BETWEEN_EACH
        return claimed

    def put(self, worker_types: Mapping[int, str]) -> set[int]:
        """Keep events whose lane has become free until it is their turn; return which."""
        kept: set[int] = set()
        for worker_type in set(worker_types.values()):
            if self.is_on(worker_type):
                ids = [pk for pk, its in worker_types.items() if its == worker_type]
                found = _as_ahead(worker_type, ahead.those(ids))
                self._scouts[worker_type].put(found)
                kept.update(one.id for one in found)
        return kept

    def ended(self, worker_type: str, claimed: Sequence[Claimed], *, more: bool) -> bool:
        """Note what a look from the beginning found; return whether there is a backlog still."""
        self._note(worker_type, claimed)
        scout = self._scouts.get(worker_type)
        if more or scout is None:
            return more
        if scout.owes():
            return True
        del self._scouts[worker_type]
        self._read_at.pop(worker_type, None)
        self._counted.pop(worker_type, None)
        return False

    def _is_worth_reading(self, worker_type: str, begin: int) -> bool:
        """Return whether it may matter which event is taken. The database counts faster than it hands out."""
        if worker_type in self._scouts:
            return True
        column = COLUMNS.get(app_settings.FAIR_SHARE)
        urgent = routing.priorities(worker_type).not_usual()
        if column is None or urgent is None:
            return True
        began = time.monotonic()
        counted = self._counted.get(worker_type)
        if counted is None or began >= counted.again_at:
            crowd = self._crowd(worker_type)
            counted = self._counted[worker_type] = _count(worker_type, column, urgent, begin, crowd)
            return counted.matters
        if began < counted.look_at:
            return False
        # A flood is long to count. What has come in behind it since is not, and must not wait for the next count.
        last, matters = ahead.has_come_in(
            worker_type,
            after=max(begin - 1, counted.last - scouting.OVERLAP),
            limit=NEWEST,
            column=column,
            but=counted.flood,
            names=urgent,
        )
        counted.last = max(counted.last, last)
        counted.look_at = _after(began)
        return matters

    def _read(self, worker_type: str, begin: int) -> Scout:
        """Read on in what waits from ``begin`` on: all of it in steps, then from time to time what came in."""
        scout = self._scouts.get(worker_type)
        if scout is None:
            scout = self._scouts[worker_type] = Scout()
            if (crowd := self._crowds.get(worker_type)) is not None:
                scout.served.update(crowd.counts())
        scout.passed(begin)
        began = time.monotonic()
        if began >= self._read_at.get(worker_type, 0.0) and not scout.is_full():
            rows, up_to, are_all = self._rows_behind(worker_type, scout, scout.read_from(begin))
            scout.read(_as_ahead(worker_type, rows), up_to)
            if are_all:
                self._read_at[worker_type] = _next(scout, began)
        if (after := scout.refill_from()) is not None:
            rows = ahead.waiting(worker_type, after=max(after, begin - 1), limit=READ)
            scout.refill(_as_ahead(worker_type, rows), more=len(rows) >= READ)
        return scout

    def _rows_behind(self, worker_type: str, scout: Scout, after: int) -> tuple[list[Any], int, bool]:
        """Return rows that wait, up to which id they are all, and whether that is the end of the backlog.

        Those of a flood of which enough are kept are not among them.
        """
        but = routing.priorities(worker_type).not_usual()
        full = scout.left_out() if app_settings.FAIR_SHARE == "installation" and but is not None else []
        without = [share for share in full if isinstance(share, int)]
        if not without or but is None:
            rows = ahead.waiting(worker_type, after=after, limit=READ)
            return rows, 0, len(rows) < READ
        # First, so that nothing can come between.
        newest = ahead.newest(worker_type)
        up_to = min(newest, after + WIDE)
        rows = ahead.waiting(worker_type, after=after, limit=READ, without=without, but=but, up_to=up_to)
        are_all = len(rows) < READ
        return rows, up_to if are_all else 0, are_all and up_to == newest

    def _claimed(self, scout: Scout, picked: Sequence[Ahead], unordered: Collection[str]) -> list[Claimed]:
        if not picked:
            return []
        claimed = self._claim([one.id for one in picked], unordered)
        scout.settled(picked)
        scout.had({one.id: one.share for one in picked}, [one.id for one in claimed])
        # They begin in this order: what is urgent first, then whoever has had little.
        places = {one.id: (-one.priority, scout.served.get(one.share, 0)) for one in picked}
        return sorted(claimed, key=lambda one: places[one.id])


@dataclass(slots=True)
class _Counted:
    """What a count of the two ends of a backlog found."""

    matters: bool
    flood: ahead.Shares | None
    """Who has many."""
    last: int
    """The newest event that was looked at."""
    again_at: float
    look_at: float
    """When to look at what has come in since."""


class _Crowd:
    """How many events of each share were claimed lately, in two periods of which the older one is forgotten."""

    def __init__(self) -> None:
        self._now: Counter[Hashable] = Counter()
        self._before: Counter[Hashable] = Counter()
        self._since = time.monotonic()
        self._flood: ahead.Shares | None = None

    def note(self, shares: Iterable[Hashable]) -> None:
        self._forget()
        self._now.update(shares)
        self._find()

    def counts(self) -> Counter[Hashable]:
        self._forget()
        return self._before + self._now

    def flood(self) -> ahead.Shares | None:
        """Return who had many; None: nobody. It is asked for each event that is recorded."""
        if self._flood is not None:
            self._forget()
        return self._flood

    def _forget(self) -> None:
        periods = (time.monotonic() - self._since) // CROWDED
        if periods >= 1:
            self._before, self._now = (self._now if periods < 2 else Counter()), Counter()
            self._since = time.monotonic()
            self._find()

    def _find(self) -> None:
        counts = self._before + self._now
        ((whose, most),) = counts.most_common(1) or [(None, 0)]
        self._flood = ahead.Shares(len(counts), most, whose) if most >= scouting.MANY else None


def _count(
    worker_type: str, column: str, urgent: Collection[str], begin: int, crowd: ahead.Shares | None
) -> _Counted:
    began = time.monotonic()
    newest = ahead.newest(worker_type)  # first, so that nothing comes between
    ends: dict[str, int] = {"after": begin - 1, "oldest": OLDEST, "newest": NEWEST}
    is_urgent = bool(urgent) and ahead.are_named(worker_type, urgent, **ends)
    found = ahead.shares(worker_type, column, **ends)
    floods = [one for one in (found, crowd) if one is not None and one.most >= scouting.MANY]
    is_beside = any(found.found > 1 or (found.found == 1 and found.whose != one.whose) for one in floods)
    return _Counted(
        is_urgent or is_beside,
        max(floods, key=lambda one: one.most, default=None),
        newest,
        _after(began),
        time.monotonic() + BETWEEN_EACH,
    )


def _after(began: float) -> float:
    """Return when to ask again what took since ``began``."""
    now = time.monotonic()
    return now + max(BETWEEN_EACH, COST * (now - began))


def _next(scout: Scout, began: float) -> float:
    """Return when to look again after a look that ``began`` then: looks are to cost little beside what is done."""
    now = time.monotonic()
    return now + max(BETWEEN_EACH, (COST_BESIDE_MANY if scout.has_many() else COST) * (now - began))


def _share_of(installation: int | None, repository: str | None) -> Hashable:
    """Return whose an event is. What the project's function raises must not keep anybody from claiming."""
    global _complained
    try:
        share = app_settings.fair_share(installation, repository)
        hash(share)
    except BaseException:  # a function may raise anything, and this is the thread that records what is done
        if not _complained:
            logger.exception("FAIR_SHARE does not work, a backlog is shared between installations")
        _complained = True
        return installation
    return share


_complained = False


def _as_ahead(worker_type: str, rows: Iterable[Sequence[Any]]) -> list[Ahead]:
    priority_of = routing.priorities(worker_type).of
    by_installation = app_settings.FAIR_SHARE == "installation"
    known: dict[tuple[str, str, bool], int] = {}
    found = []
    for pk, installation, repository, event, action, sender, lane, lost in rows:
        if lost:  # it has taken a worker down, and runs alone
            continue
        kind = (event, action, bool(sender) and not sender.endswith("[bot]"))
        priority = known.get(kind)
        if priority is None:
            priority = known[kind] = priority_of(event, action, sender)
        share = installation if by_installation else _share_of(installation, repository)
        found.append(Ahead(pk, share, priority, lane))
    return found
