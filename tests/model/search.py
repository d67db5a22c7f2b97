"""Breadth-first search of a model: every state that can be reached within the bounds, each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .protocol import (
    Bounds,
    State,
    Violation,
    canonical,
    check,
    check_step,
    is_prompt,
    settles,
    successors,
)


@dataclass(frozen=True)
class Found:
    """A broken promise and the shortest way to it."""

    promise: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    states: int
    complete: bool
    found: Found | None = None


def search(bounds: Bounds, *, most: int = 5_000_000, settle_every: int = 1) -> Searched:
    """Visit every state once, nearest first; stop at the first broken promise.

    Progress is checked in every ``settle_every``-th state (0: in none): from there on nothing goes wrong any more,
    and every event must end.
    """
    start = bounds.start()
    # A state's hash and how it was reached; 64 bits are enough to keep millions apart.
    came_from: dict[int, tuple[int, str]] = {hash(start): (0, "")}
    waiting: deque[State] = deque([start])
    count = 0
    while waiting:
        state = waiting.popleft()
        here = hash(state)
        count += 1
        arrived = False
        try:
            if settle_every and count % settle_every == 0 and not settles(state, bounds):
                raise Violation("an event never ends")
            if settle_every and count % max(2, settle_every // 10) == 0 and not is_prompt(state, bounds):
                raise Violation("nothing has gone wrong, and an event waits for the sweep")
            for name, after in successors(state, bounds):
                arrived = False
                check_step(name, state, after, bounds)
                following = canonical(after)
                key = hash(following)
                if key in came_from:
                    continue
                came_from[key] = (here, name)
                arrived = True
                check(after, bounds)
                waiting.append(following)
                if len(came_from) >= most:
                    return Searched(len(came_from), complete=False)
        except Violation as violation:
            last = key if arrived else here
            return Searched(len(came_from), False, Found(str(violation), _steps(came_from, last)))
    return Searched(len(came_from), complete=True)


def walk(bounds: Bounds) -> Iterator[tuple[State, State]]:
    """Yield every step within the bounds: the state before it and the state after it."""
    start = bounds.start()
    seen = {hash(start)}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for _, after in successors(state, bounds):
            yield state, after
            following = canonical(after)
            if hash(following) not in seen:
                seen.add(hash(following))
                waiting.append(following)


def _steps(came_from: dict[int, tuple[int, str]], key: int) -> tuple[str, ...]:
    steps = []
    while (origin := came_from[key])[1]:
        steps.append(origin[1])
        key = origin[0]
    return tuple(reversed(steps))
