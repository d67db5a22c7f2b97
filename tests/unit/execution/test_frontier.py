"""What a worker's process remembers of the backlog, over time."""

from __future__ import annotations

import pytest

from django_github_app.execution import frontier
from django_github_app.execution.frontier import (
    BUSY,
    DEAR,
    FEW,
    LATE,
    LOOK_AGAIN,
    NAMED_ALL,
    SHARE,
    Frontier,
)
from django_github_app.sql.claims import Claimed
from django_github_app.sql.lanes import NO_BOUNDS, WINDOW


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


def test_busy_lanes_are_looked_into_from_their_beginning_in_turn(known: Frontier, clock: Clock) -> None:
    for lane in (1, 2):
        known.claimed([event(pk, lane) for pk in range(10, 10 + BUSY)])
        clock.now += LATE
        known.claimed([event(pk, lane) for pk in range(100, 100 + FEW)])
    assert known.to_look_again() is None
    clock.now += LOOK_AGAIN
    assert known.to_look_again() == (1, 59)
    assert known.to_look_again() is None
    known.looked_again(1, None, 0.001)
    clock.now += LOOK_AGAIN / 2
    assert known.to_look_again() == (2, 59)
    known.looked_again(2, 7, 0.001)  # it waits, and was passed over
    assert known.bounds().ids == {1: 59, 2: 7}
    known.claimed([event(7, 2)])
    clock.now += LATE
    known.claimed([event(105, 2)])
    assert known.bounds().ids[2] == 7  # not before it is long enough ago
    clock.now += LATE
    known.claimed([event(106, 2)])
    assert known.bounds().ids[2] == 105


def test_a_dear_look_from_the_beginning_is_repeated_seldom(known: Frontier, clock: Clock) -> None:
    known.claimed([event(pk) for pk in range(BUSY)])
    clock.now += LOOK_AGAIN
    assert known.to_look_again() is not None
    known.looked_again(1, None, 1.0)
    known.claimed([event(pk) for pk in range(BUSY)])
    clock.now += LOOK_AGAIN * 2
    assert known.to_look_again() is None
    clock.now += 1 / SHARE
    assert known.to_look_again() is not None


def test_a_lane_that_is_not_busy_any_more_is_not_named(known: Frontier, clock: Clock) -> None:
    known.claimed([event(pk) for pk in range(BUSY)])
    clock.now += LOOK_AGAIN
    known.to_look_again()
    clock.now += LOOK_AGAIN
    known.claimed([event(BUSY)])
    assert known.bounds().ids.keys() == {1}
    known.to_look_again()
    assert known.bounds() is NO_BOUNDS


def test_after_a_dear_claim_every_lane_that_is_known_is_named(known: Frontier, clock: Clock) -> None:
    known.claimed([event(1, lane=1)])
    known.took(DEAR / 2)
    assert known.bounds() is NO_BOUNDS
    known.took(DEAR)
    known.claimed([event(2, lane=2)])
    assert known.bounds().ids.keys() == {1, 2}
    clock.now += NAMED_ALL
    known.claimed([event(3, lane=3)])
    assert known.bounds().ids.keys() == {1, 2}


def test_windows_count_only_as_long_as_the_lanes_guard_would_see_a_clock_that_was_set_back(
    known: Frontier, clock: Clock
) -> None:
    known.claimed([event(pk) for pk in range(BUSY)])
    assert known.bounds().windows.keys() == {1}
    clock.now += WINDOW
    assert known.bounds().ids.keys() == {1}
    assert known.bounds().windows == {}
    known.claimed([event(BUSY)], asked_at=clock.now - WINDOW)  # a claim that took long
    assert known.bounds().windows == {}
    known.claimed([event(BUSY)])
    assert known.bounds().windows.keys() == {1}


def test_a_clock_that_was_set_back_makes_everything_forgotten(known: Frontier, clock: Clock) -> None:
    known.claimed([event(pk) for pk in range(BUSY)])
    known.claimed([event(BUSY, lane=2, window=49)])
    assert known.bounds() is NO_BOUNDS
    assert known._lanes.keys() == {2}


def test_a_place_to_begin_lags_until_something_is_noted(known: Frontier, clock: Clock) -> None:
    assert known.lags("sync")
    known.looked("sync", 5)
    assert not known.lags("sync")
    clock.now += LATE
    assert known.lags("sync")


def test_no_more_lanes_are_remembered_than_there_is_room_for(
    known: Frontier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier, "MOST_LANES", 3)
    monkeypatch.setattr(frontier, "MOST_BUSY", 1)
    for lane in range(10):
        known.claimed([event(pk, lane) for pk in range(BUSY)])
    assert len(known._lanes) == 3
    assert len(known.bounds().ids) <= 1
