"""``python -m tests.model``: the long search, a million states and more, and every mutant, on two processes."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .protocol import MUTANTS, Bounds, Left
from .search import Searched, search
from .test_protocol import find

# The longest first: the two processes end at about the same time.
SEARCHES = {
    "two events of a lane, two workers, every fault": Bounds((1, 1), left=Left(1, 1, 1, 1, 1, 0, 0, 0)),
    "three events, two of them of a lane": Bounds((1, None, 1), left=Left(1, 0, 1, 1, 0, 0, 0, 0)),
    "one event, replay, retention, every fault": Bounds((1,), left=Left(2, 1, 1, 1, 2, 1, 1, 2)),
    "two events of a lane, replay and redelivery": Bounds((1, 1), left=Left(1, 1, 0, 0, 1, 1, 1, 0)),
    "one event of two callbacks, three workers": Bounds(
        (1,), callbacks=2, workers=3, left=Left(1, 2, 1, 1, 2, 1, 0, 0)
    ),
}
MOST = int(os.environ.get("STATES") or 350_000)


def run(name: str) -> tuple[str, Searched, float]:
    began = time.process_time()
    return name, search(SEARCHES[name], most=MOST, settle_every=500), time.process_time() - began


def main() -> int:
    failed, states, began = False, 0, time.monotonic()
    with ProcessPoolExecutor(2) as processes:
        for name, searched, seconds in processes.map(run, SEARCHES):
            states += searched.states
            extent = "all there are" if searched.complete else "as far as the limit"
            print(
                f"{name}: {searched.states:,} states ({extent}) in {seconds:.0f} s of CPU,"
                f" {searched.states / seconds:,.0f} a second: {searched.found or 'kept'}",
                flush=True,
            )
            failed |= searched.found is not None
        for mutant, searched in zip(MUTANTS, processes.map(find, MUTANTS), strict=True):
            found = searched.found
            print(
                f"mutant «{mutant}»: {f'{found.promise} ({len(found.steps)} steps)' if found else 'NOT FOUND'}"
            )
            failed |= found is None
    print(f"{states:,} states, {len(MUTANTS)} mutants in {time.monotonic() - began:.0f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
