"""What a worker's process remembers of the backlog, over time."""

from __future__ import annotations

import pytest

from django_github_app.execution import frontier
from django_github_app.execution.frontier import BUSY, LATE, LOOK_AGAIN, Frontier
from django_github_app.sql.claims import Claimed
from django_github_app.sql.lanes import NO_BOUNDS


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Clock) -> Frontier:
    return Frontier(clock)


def event(pk: int, lane: int | None = 1, window: int = 50) -> Claimed:
    return Claimed(pk, 1, "push", None, None, None, "sync", lane, False, b"", None, window=window)


def test_a_look_begins_behind_what_was_seen_long_enough_ago(known: Frontier, clock: Clock) -> None:
    assert known.first("sync") == 0
    known.looked("sync", 10)
    assert known.first("sync") == 0  # an id below 10 may yet be committed
    clock.now += LATE
    known.looked("sync", 30)
    assert known.first("sync") == 11
    assert known.first("async") == 0
    clock.now += LATE
    known.looked("sync", 20)  # a second look, from further back
    assert known.first("sync") == 31
    known.clear()
    assert known.first("sync") == 0


def test_a_lane_is_named_when_this_process_has_claimed_many_of_its_events(
    known: Frontier, clock: Clock
) -> None:
    for pk in range(1, BUSY):
        known.claimed([event(pk)])
    assert known.bounds() is NO_BOUNDS
    clock.now += LATE
    known.claimed([event(BUSY, window=51), event(7, lane=2), event(8, lane=None)])
    bounds = known.bounds()
    assert bounds.ids == {1: BUSY - 1}
    assert bounds.windows == {1: 49}  # one earlier than that of the claims before


def test_a_busy_lane_is_looked_into_from_its_beginning_now_and_then(known: Frontier, clock: Clock) -> None:
    known.claimed([event(pk) for pk in range(BUSY)])
    assert known.bounds().ids.keys() == {1}
    clock.now += LOOK_AGAIN + 1
    assert known.bounds().ids == {}
    known.claimed([event(BUSY)])
    assert known.bounds().ids.keys() == {1}


def test_no_more_lanes_are_remembered_than_there_is_room_for(
    known: Frontier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier, "MOST_LANES", 3)
    monkeypatch.setattr(frontier, "MOST_BUSY", 1)
    for lane in range(10):
        known.claimed([event(pk, lane) for pk in range(BUSY)])
    assert len(known._lanes) == 3
    assert len(known.bounds().ids) <= 1
