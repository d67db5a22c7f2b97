"""``python -m tests.simulation``: thousands of schedules of each scenario on two processes, and every mutant.

SCHEDULES: how many altogether (20,000). SEED: where the seeds begin.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

PIECE = 250


def _prepare() -> None:
    import django

    for name, value in {"LOCAL": "1", "SECRET_KEY": "simulation"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    django.setup()
    logging.disable(logging.CRITICAL)


def run(piece: tuple[str, int, int]) -> str | None:
    """Explore some seeds of a scenario; return what was found."""
    from .explore import explore
    from .scenarios import SCENARIOS

    name, first, count = piece
    scenario = next(one for one in SCENARIOS if one.name == name)
    found = explore(scenario, range(first, first + count))
    return None if found is None else str(found)


def find(name: str) -> tuple[int, int, str] | None:
    """Return how many schedules it took to find a mutant, how long the short one is, and what it breaks."""
    from .explore import explore
    from .mutants import MUTANTS
    from .scenarios import SCENARIOS

    mutant = MUTANTS[name]
    scenario = next(one for one in SCENARIOS if one.name == mutant.scenario)
    with mutant.applied():
        found = explore(scenario, range(10_000))
    return None if found is None else ((found.seed or 0) + 1, len(found.schedule), found.why)


def main() -> int:
    _prepare()
    from .mutants import MUTANTS
    from .scenarios import SCENARIOS

    schedules = int(os.environ.get("SCHEDULES") or 20_000)
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
    each = -(-schedules // len(SCENARIOS))
    pieces = [
        (scenario.name, first, min(PIECE, seed + each - first))
        for scenario in SCENARIOS
        for first in range(seed, seed + each, PIECE)
    ]
    print(f"simulation: SEED={seed}, {each * len(SCENARIOS):,} schedules of {len(SCENARIOS)} scenarios")
    began, failed = time.monotonic(), False
    with ProcessPoolExecutor(2, initializer=_prepare) as processes:
        for (name, _, _), found in zip(pieces, processes.map(run, pieces), strict=True):
            if found is not None:
                failed = True
                print(f"{name}: {found}")
        print(f"{time.monotonic() - began:.0f} s: {'see above' if failed else 'every promise kept'}")
        for name, mutant in zip(MUTANTS, processes.map(find, MUTANTS), strict=True):
            failed |= mutant is None
            how = (
                "NOT FOUND"
                if mutant is None
                else "found in {} schedules, shrunk to {} steps: {}".format(*mutant)
            )
            print(f"mutant «{name}»: {how}")
    print(f"{time.monotonic() - began:.0f} s altogether")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
