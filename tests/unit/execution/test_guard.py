"""Whose leases the guard keeps, whose it leaves alone, and whom it ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from django_github_app.execution.guard import Guard
from django_github_app.process.board import Held

LEASE, LIMIT = 60.0, 300.0


class Stand:
    """A guard of what `held` says, at the time `now`, and what it did."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.held: list[Held] = []
        self.stopped: set[int] = set()
        self.renewed: list[tuple[int, int]] = []
        self.killed: list[int] = []
        self.database_is_away = False
        self.guard = Guard(
            self,  # type: ignore[arg-type]  # what is asked of a board is `read`
            renew=self.renew,
            lease=lambda: LEASE,
            limit=lambda: LIMIT,
            works=lambda pid: pid not in self.stopped,
            kill=self.kill,
            clock=lambda: self.now,
        )

    def read(self) -> Sequence[Held]:
        return self.held

    def renew(self, claims: Sequence[tuple[int, int]]) -> None:
        if self.database_is_away:
            raise ConnectionError
        self.renewed += claims

    def kill(self, pid: int) -> None:
        self.killed.append(pid)
        self.stopped.add(pid)

    def look_for(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            pause = 1.0
            try:
                pause = self.guard.look()
            except ConnectionError:
                assert self.database_is_away
            self.now += pause


def held(pid: int, claim: tuple[int, int], at: float, cell: int = 0) -> Held:
    return Held(pid, cell, [claim], at + LEASE, at)


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_a_process_that_renews_its_leases_is_left_alone(stand: Stand) -> None:
    for _ in range(30):
        stand.held = [held(1, (7, 1), stand.now)]
        stand.look_for(LEASE / 3)
    assert (stand.renewed, stand.killed) == ([], [])


def test_leases_of_a_process_that_gives_no_sign_are_renewed_once_in_half_a_lease(stand: Stand) -> None:
    stand.held = [held(1, (7, 1), stand.now), held(2, (8, 3), stand.now, cell=1)]
    stand.look_for(4 * LEASE)
    assert 5 <= len(stand.renewed) / 2 <= 8
    assert set(stand.renewed) == {(7, 1), (8, 3)}


def test_a_process_that_is_stopped_or_gone_keeps_nothing_and_is_not_killed(stand: Stand) -> None:
    stand.held = [held(1, (7, 1), stand.now), held(2, (8, 1), stand.now, cell=1)]
    stand.stopped = {1}
    stand.look_for(10 * LEASE)
    assert set(stand.renewed) == {(8, 1)}
    assert stand.killed == [2]


def test_a_process_that_is_silent_for_longer_than_a_callback_may_run_is_killed(stand: Stand) -> None:
    stand.held = [held(1, (7, 1), stand.now)]
    stand.look_for(LIMIT + LEASE)
    assert stand.killed == []
    stand.look_for(LEASE)
    assert stand.killed == [1]


def test_while_the_database_is_away_nobody_is_taken_for_wedged(stand: Stand) -> None:
    stand.held = [held(1, (7, 1), stand.now)]
    stand.database_is_away = True
    stand.look_for(LIMIT + 10 * LEASE)
    stand.database_is_away = False
    stand.look_for(LEASE)
    assert stand.killed == []
    assert stand.renewed


def test_a_process_with_a_callback_that_may_run_longer_is_given_that_time(stand: Stand) -> None:
    stand.held = [Held(1, 0, [(7, 1)], stand.now + LEASE, stand.now, limit=3600.0)]
    stand.look_for(LIMIT + 3 * LEASE)
    assert stand.killed == []
    assert (7, 1) in stand.renewed
    stand.look_for(3600.0)
    assert stand.killed == [1]
