"""``SEED=… SECONDS=30 python -m tests.multihost``: prints tables, fails unless every promise was kept.

RATE is deliveries a second, NAMESPACES=0 has plain processes in any case, CLOCKS="work2=420,web1=-120" sets clocks.
"""

from __future__ import annotations

import os
import random
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.chaos.settings")
    from .run import Size, run
    from .world import CLOCKS

    asked = os.environ.get("CLOCKS", "")
    clocks = {name: int(off) for name, _, off in (one.partition("=") for one in asked.split(",") if one)}
    seconds = float(os.environ.get("SECONDS") or 30)
    size = Size(
        seed=int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6)),
        seconds=seconds,
        rest=max(3.0, seconds / 3),
        rate=float(os.environ.get("RATE") or 10),
        clocks=clocks or CLOCKS,
        namespaces=False if os.environ.get("NAMESPACES") == "0" else None,
    )
    print(f"multihost: SEED={size.seed} SECONDS={size.seconds:g} RATE={size.rate:g}", flush=True)
    report = run(size)
    print(report)
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main())
