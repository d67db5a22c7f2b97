"""A short form of `make simulate`: some schedules of each scenario, and every mistake that was put back."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import pytest

from .explore import Scenario, explore, once
from .mutants import MUTANTS
from .scenarios import SCENARIOS
from .scheduler import Simulation

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
SCHEDULES = 60
MOST_SCHEDULES = 2_000
# Printed by a failure: the schedule of `Failure` is enough to repeat it.
SEED = random.SystemRandom().randrange(10**9)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What goes wrong on purpose is not logged a thousand times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", BY_NAME)
def test_what_runs_in_one_process_keeps_its_promises_in_any_order(name: str) -> None:
    found = explore(BY_NAME[name], range(SEED, SEED + SCHEDULES))
    assert found is None, str(found)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_that_is_put_back_is_found_and_the_real_code_passes_its_schedule(name: str) -> None:
    mutant = MUTANTS[name]
    scenario = BY_NAME[mutant.scenario]
    with mutant.applied():
        found = once(scenario, mutant.schedule)
        if found is None:  # the code has other lines than when the schedule was kept
            found = explore(scenario, range(MOST_SCHEDULES))
    assert found is not None
    assert once(scenario, mutant.schedule) is None
    assert once(scenario, found.schedule) is None


def test_a_schedule_repeats_a_run_exactly_and_is_made_short() -> None:
    mutant = MUTANTS["two recorders: the first messages of a process do not wait for each other"]
    scenario = BY_NAME[mutant.scenario]
    with mutant.applied():
        found = explore(scenario, range(MOST_SCHEDULES))
        assert found is not None
        again = [once(scenario, found.schedule, tell=True) for _ in range(3)]
    assert len(found.schedule) <= 3
    assert {(one.why, tuple(one.story)) for one in again if one is not None} == {
        (found.why, tuple(found.story))
    }


def test_a_deadlock_and_an_endless_loop_are_found() -> None:
    def wait_for_ever(sim: Simulation) -> None:
        sim.wait(lambda: False)

    def loop_for_ever(sim: Simulation) -> None:
        while True:
            sim.point()

    for run, why in ((wait_for_ever, "deadlock: main wait for ever"), (loop_for_ever, "it goes on for ever")):
        found = once(Scenario("one", run, []))
        assert found is not None
        assert why in found.why
