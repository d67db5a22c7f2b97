"""``SEED=… MINUTES=… python -m tests.chaos``: the whole site under chaos; prints a table, fails unless it says 0."""

from __future__ import annotations

import os
import random
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.chaos.settings")
    from .run import Size, run

    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    minutes = float(os.environ.get("MINUTES") or 10)
    deliveries = int(os.environ.get("DELIVERIES") or 1000 * minutes)
    print(f"chaos: SEED={seed} MINUTES={minutes:g} DELIVERIES={deliveries}", flush=True)
    table = run(Size(seed, minutes * 60, deliveries))
    print(table)
    return 0 if table.kept else 1


if __name__ == "__main__":
    sys.exit(main())
