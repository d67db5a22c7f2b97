"""The model keeps every promise within its bounds, and each mistake that it knows is found."""

from __future__ import annotations

import pytest

from .protocol import MUTANTS, Bounds, Left
from .search import Searched, search

ONE_LANE = (1, 1)
FAULTS = Left(crashes=1, stops=1, losses=1, copies=0, failures=1, redeliveries=0, replays=0, archives=0)
PEOPLE = Left(crashes=1, stops=1, losses=0, copies=0, failures=1, redeliveries=1, replays=1, archives=2)


@pytest.mark.parametrize(
    ("bounds", "settle_every"),
    [
        (Bounds((1,), left=FAULTS), 5),
        (Bounds((1,), left=PEOPLE), 100),
        (Bounds((1,), callbacks=2, left=FAULTS._replace(stops=0)), 20),
        (Bounds(ONE_LANE, left=Left(1, 0, 1, 0, 1, 0, 0, 0)), 50),
        (Bounds((None, None), left=Left(1, 0, 0, 1, 1, 0, 0, 0)), 50),
        (Bounds((None, None, None), left=Left(0, 0, 0, 0, 0, 0, 0, 0)), 2),
    ],
    ids=[
        "every fault",
        "replay and retention",
        "two callbacks",
        "one lane",
        "no lane",
        "fewer messages than events",
    ],
)
def test_no_promise_is_broken_in_any_state_within_the_bounds(bounds: Bounds, settle_every: int) -> None:
    searched = search(bounds, settle_every=settle_every)
    assert searched.found is None
    assert searched.complete
    assert searched.states > 500


def find(mutant: str) -> Searched:
    lanes: tuple[int | None, ...] = ONE_LANE if "lane" in mutant else (1,)
    callbacks = 2 if mutant == "intermediate record dropped" else 1
    mutants = frozenset({mutant})
    if mutant in ("no message for the rest", "taken messages count"):
        # Nothing has to go wrong for these: three events, and a queue that has enough with two messages.
        calm = Left(0, 0, 0, 0, 0, 0, 0, 0)
        return search(Bounds((None, None, None), left=calm, mutants=mutants), settle_every=20)
    if mutant == "giving up beats success":
        twice = FAULTS._replace(losses=0, crashes=0, copies=1, failures=2)
        return search(Bounds(left=twice, lanes=(1,), mutants=mutants), settle_every=0)
    # The fewest things that go wrong first: a short way to the mistake is the one that people understand.
    searched = search(Bounds(lanes, callbacks, left=FAULTS, mutants=mutants), settle_every=20, most=20_000)
    if searched.found is None:
        searched = search(
            Bounds(lanes, callbacks, left=PEOPLE, mutants=mutants), settle_every=0, most=100_000
        )
    return searched


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mistake_in_the_protocol_is_found_with_the_steps_that_lead_to_it(mutant: str) -> None:
    found = find(mutant).found
    assert found is not None, MUTANTS[mutant]
    assert 0 < len(found.steps) <= 20


def test_the_shortest_way_to_a_mistake_is_told() -> None:
    found = find("lane ignores what runs").found
    assert found is not None
    assert found.promise == "two events of a lane run at once"
    assert found.steps.count("claim") == 2
