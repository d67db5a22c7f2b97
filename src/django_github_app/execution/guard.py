"""Keeps leases from beside a worker: of a process that lives but does not come to renew them itself.

Code that holds the interpreter's lock stops the thread that renews leases (`leases.LeaseKeeper`), and another
worker would begin the same callback. The guard is a process of its own; see `broker.guard`. It looks at what the
worker's processes hold, and does nothing while they renew it themselves: usually it has no connection either.

A process that is stopped (SIGSTOP) or gone is left to the sweep: its leases end within their length. One that has
given no sign of life for longer than a callback may run is wedged. Nothing inside of it can end that: it is killed.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import connections, router

from django_github_app.conf import app_settings
from django_github_app.models import EventLog
from django_github_app.process.board import Board, Held
from django_github_app.process.others import can_work
from django_github_app.sql import claims as moves
from django_github_app.sql.own_connections import close_own, impatient

__all__ = ["Guard", "watcher"]

logger = logging.getLogger(__name__)

Claim = tuple[int, int]


class Guard:
    """Decides whose leases are renewed, from what stands on the board."""

    def __init__(
        self,
        board: Board,
        *,
        renew: Callable[[Sequence[Claim]], object],
        lease: Callable[[], float],
        limit: Callable[[], float],
        works: Callable[[int], bool] = can_work,
        kill: Callable[[int], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._renew = renew
        self._lease = lease
        self._limit = limit
        self._works = works
        self._kill = kill or _kill
        self._clock = clock
        self._renewed: dict[tuple[int, Claim], float] = {}
        """(cell, its first claim) → until when we have had its leases renewed."""
        self._answered_since = clock()
        """Since when the database answers. While it does not, threads that wait for it give no sign of life."""

    def look(self) -> float:
        """Renew what is due; return after how many seconds to look again."""
        lease, now = self._lease(), self._clock()
        held = list(self._board.read())
        known = {_key(one) for one in held}
        self._renewed = {key: until for key, until in self._renewed.items() if key in known}
        # A process renews its leases when a third is over. Half of one without that is more than a delay.
        late = [one for one in held if self._until(one) - now < lease / 2]
        working = {pid for pid in {one.pid for one in late} if self._works(pid)}
        late = [one for one in late if one.pid in working]
        limits: dict[int, float] = {}
        for one in late:
            limits[one.pid] = max(limits.get(one.pid, self._limit()), one.limit)
        wedged = {
            one.pid for one in late if now - max(one.alive_at, self._answered_since) > limits[one.pid] + lease
        }
        for pid in wedged:
            logger.critical("a callback holds the interpreter for too long, its process is killed")
            self._kill(pid)
        self._keep([one for one in late if one.pid not in wedged], now + lease)
        return lease / 6

    def _keep(self, late: Sequence[Held], until: float) -> None:
        if not late:
            return
        try:
            self._renew([claim for one in late for claim in one.claims])
        except Exception:
            self._answered_since = self._clock()
            raise
        self._renewed.update({_key(one): until for one in late})

    def _until(self, held: Held) -> float:
        return max(held.sure_until, self._renewed.get(_key(held), 0.0))


def _key(held: Held) -> tuple[int, Claim]:
    return held.cell, held.claims[0]


def watcher(board: Board) -> Callable[[], float]:
    """Return what the guard's process calls again and again."""
    # What the worker had open when it made this process is the worker's. Kept, so that nothing closes it.
    inherited = [(one, one.connection) for one in connections.all(initialized_only=True)]
    for one, _ in inherited:
        one.connection = None
    guard = Guard(
        board,
        renew=_renew,
        lease=lambda: app_settings.LEASE_SECONDS,
        limit=lambda: app_settings.HANDLER_TIMEOUT,
    )

    def look() -> float:
        assert inherited is not None  # noqa: S101 - holds on to it
        return guard.look()

    return look


def _renew(claims: Sequence[Claim]) -> None:
    lease = app_settings.LEASE_SECONDS
    try:
        impatient(connections[router.db_for_write(EventLog)], lambda: lease / 3)
        moves.renew(claims, lease=lease)
    finally:
        close_own()  # it is seldom needed, and one for each worker would stay open


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
