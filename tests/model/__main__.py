"""``python -m tests.model``: the long search, a million states and more, and every mutant."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .protocol import MUTANTS, Bounds, Left
from .search import Searched, search
from .test_protocol import find

SEARCHES = {
    "two events of a lane, two workers, every fault": Bounds((1, 1), left=Left(1, 1, 1, 1, 1, 0, 0, 0)),
    "one event, replay, retention, every fault": Bounds((1,), left=Left(2, 1, 1, 1, 2, 1, 1, 2)),
    "three events, two of them of a lane": Bounds((1, None, 1), left=Left(1, 0, 1, 1, 0, 0, 0, 0)),
}
MOST = 500_000


def run(name: str) -> tuple[str, Searched, float]:
    began = time.monotonic()
    return name, search(SEARCHES[name], most=MOST, settle_every=500), time.monotonic() - began


def main() -> int:
    failed, states = False, 0
    with ProcessPoolExecutor(2) as processes:
        for name, searched, seconds in processes.map(run, SEARCHES):
            states += searched.states
            extent = "all there are" if searched.complete else "as far as the limit"
            print(
                f"{name}: {searched.states:,} states ({extent}) in {seconds:.0f} s: {searched.found or 'kept'}"
            )
            failed |= searched.found is not None
        for mutant, searched in zip(MUTANTS, processes.map(find, MUTANTS), strict=True):
            found = searched.found
            print(
                f"mutant «{mutant}»: {f'{found.promise} ({len(found.steps)} steps)' if found else 'NOT FOUND'}"
            )
            failed |= found is None
    print(f"{states:,} states, {len(MUTANTS)} mutants")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
