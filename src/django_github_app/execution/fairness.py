"""Takes from a backlog in the order that `scout` says, beside the recorder's looks, which take what is oldest."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from django_github_app import routing
from django_github_app.conf import app_settings
from django_github_app.sql import ahead
from django_github_app.sql.claims import Claimed

from .scout import Ahead, Scout

__all__ = ["Fairness"]

logger = logging.getLogger(__name__)

READ = 2_000
"""Rows that are read ahead at once."""
LOOKS = 10
"""Claims for one group of tasks: other processes may have claimed much of what this one knows."""
BETWEEN_EACH = 0.010
"""Seconds between looks for what goes before the rest of a batch."""
MOST_BETWEEN = 8

Claim = Callable[[Sequence[int], Collection[str]], list[Claimed]]


class Fairness:
    """Used by one thread, the ledger's. ``claim`` claims events by their ids."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._scouts: dict[str, Scout] = {}
        self._between_at = float("-inf")

    def clear(self) -> None:
        """Forget everything."""
        self._scouts.clear()

    def is_on(self, worker_type: str) -> bool:
        """Return whether there is a backlog of a worker type of which it matters what is taken."""
        scout = self._scouts.get(worker_type)
        return scout is not None and scout.is_needed()

    def take(
        self, worker_type: str, begin: int, room: int, unordered: Collection[str]
    ) -> tuple[list[Claimed], bool] | None:
        """Claim from a backlog; return that, and whether there is more. None: in which order does not matter."""
        scout = self._scouts.setdefault(worker_type, Scout())
        scout.last = max(scout.last, begin - 1)
        full = self._read(worker_type, scout, READ)
        if not scout.is_needed():
            return None
        claimed: list[Claimed] = []
        for _ in range(LOOKS):
            picked = scout.pick(room - len(claimed))
            claimed += self._claimed(scout, picked, unordered)
            if len(claimed) >= room:
                break
            if not picked:
                if not scout.read_again():
                    break
                full = self._read(worker_type, scout, READ)
        more = full or not scout.is_empty()
        return (claimed, more) if claimed else None

    def before_others(self, worker_type: str, begin: int, unordered: Collection[str]) -> list[Claimed]:
        """Claim what is not to wait for a batch that is under way; asked often, it looks now and then."""
        now = time.monotonic()
        if now - self._between_at < BETWEEN_EACH:
            return []
        self._between_at = now
        scout = self._scouts.setdefault(worker_type, Scout())
        scout.last = max(scout.last, begin - 1)
        self._read(worker_type, scout, READ)
        if not scout.is_needed():
            return []
        return self._claimed(scout, scout.pick_before_others(MOST_BETWEEN), unordered)

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

    def ended(self, worker_type: str, *, more: bool) -> bool:
        """Note what a look from the beginning found; return whether there is a backlog still."""
        scout = self._scouts.get(worker_type)
        if more or scout is None:
            return more
        if scout.is_empty():
            del self._scouts[worker_type]
            return False
        return True

    def _read(self, worker_type: str, scout: Scout, limit: int) -> bool:
        rows = ahead.waiting(worker_type, after=scout.last, limit=limit)
        scout.read(_as_ahead(worker_type, rows))
        return len(rows) >= limit

    def _claimed(self, scout: Scout, picked: Sequence[Ahead], unordered: Collection[str]) -> list[Claimed]:
        if not picked:
            return []
        claimed = self._claim([one.id for one in picked], unordered)
        scout.had({one.id: one.share for one in picked}, [one.id for one in claimed])
        return claimed


def _share_of(installation: int | None, repository: str | None) -> Hashable:
    """Return whose an event is. What the project's function raises must not keep anybody from claiming."""
    global _complained
    try:
        share = app_settings.fair_share(installation, repository)
        hash(share)
    except Exception:
        if not _complained:
            logger.exception("FAIR_SHARE does not work, a backlog is shared between installations")
        _complained = True
        return installation
    return share


_complained = False


def _as_ahead(worker_type: str, rows: Iterable[Sequence[Any]]) -> list[Ahead]:
    priorities = routing.priorities(worker_type)
    found = []
    for pk, installation, repository, event, action, sender, lane, lost in rows:
        if lost:  # it has taken a worker down, and runs alone
            continue
        found.append(
            Ahead(pk, _share_of(installation, repository), priorities.of(event, action, sender), lane)
        )
    return found
