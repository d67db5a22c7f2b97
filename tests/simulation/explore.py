"""Runs a scenario under many schedules, and makes the schedule of a failure short."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import ModuleType

from .primitives import simulated
from .scheduler import Broken, Dice, Schedule, Simulation, Stopped


@dataclass(frozen=True)
class Scenario:
    """Threads that use real code, and the promises that must hold whatever their order."""

    name: str
    run: Callable[[Simulation], object]
    """The main thread; raises AssertionError or `Broken` when a promise does not hold."""
    modules: Collection[ModuleType]
    """Their threads, queues and clock are simulated; a thread may lose its turn before each of their lines."""
    slow: bool = False
    """Whether time may pass while threads could run: a promise that is about time does not hold then."""


@dataclass(frozen=True)
class Failure:
    scenario: str
    why: str
    schedule: Schedule
    seed: int | None = None
    story: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        steps = "\n".join(f"    {line}" for line in self.story)
        return f"{self.scenario}: {self.why}\n  schedule {dict(self.schedule)} (seed {self.seed})\n{steps}"


def once(
    scenario: Scenario, schedule: Schedule | None = None, *, seed: int | None = None, tell: bool = False
) -> Failure | None:
    """Run a scenario once; return what went wrong."""
    dice = Dice(schedule, seed)
    files = {str(module.__file__) for module in scenario.modules}
    sim = Simulation(dice, watched=files, slow=scenario.slow)
    sim.story = [] if tell else None
    with simulated(sim, *scenario.modules):
        try:
            sim.run(lambda: scenario.run(sim))
        except (Broken, AssertionError, Stopped, Exception) as error:
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            return Failure(scenario.name, why, dice.taken, seed, sim.story or [])
    return None


def explore(scenario: Scenario, seeds: range) -> Failure | None:
    """Run a scenario once for each seed; return the first failure, made short."""
    for seed in seeds:
        found = once(scenario, seed=seed)
        if seed % 500 == 0:
            gc.collect()
        if found is not None:
            return shrink(scenario, found)
    return None


def shrink(scenario: Scenario, found: Failure) -> Failure:
    """Leave out of a schedule whatever the failure does not need."""
    schedule = dict(found.schedule)

    def fails(candidate: Schedule) -> bool:
        return once(scenario, candidate) is not None

    if not fails(schedule):
        return found  # it depends on more than the schedule: better a long one than none
    last = max(schedule, default=0)
    low = 0
    while low < last:  # nothing behind the moment of the failure matters
        middle = (low + last) // 2
        if fails({k: v for k, v in schedule.items() if k <= middle}):
            last = middle
        else:
            low = middle + 1
    schedule = {k: v for k, v in schedule.items() if k <= last}
    size = max(1, len(schedule) // 2)
    while True:
        keys = sorted(schedule)
        removed = False
        for start in range(0, len(keys), size):
            out = set(keys[start : start + size])
            candidate = {k: v for k, v in schedule.items() if k not in out}
            if len(candidate) < len(schedule) and fails(candidate):
                schedule, removed = candidate, True
        if not removed and size == 1:
            break
        size = size if removed else max(1, size // 2)
    again = once(scenario, schedule, tell=True)
    assert again is not None
    return Failure(scenario.name, again.why, schedule, found.seed, again.story)
