"""``REF=v0.1.0 SECONDS=10 python -m tests.versions``: prints tables, fails unless every promise was kept.

Without REF the last tag, else the commit before the newest migration.
"""

from __future__ import annotations

import os
import random
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    from .other import version_before
    from .run import Size, run

    size = Size(
        seed=int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6)),
        ref=os.environ.get("REF") or version_before(),
        seconds=float(os.environ.get("SECONDS") or 10),
        rate=float(os.environ.get("RATE") or 40),
    )
    print(
        f"versions: SEED={size.seed} REF={size.ref} SECONDS={size.seconds:g} RATE={size.rate:g}", flush=True
    )
    report = run(size)
    print(report)
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main())
