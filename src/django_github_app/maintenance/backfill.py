"""Fills ``action``, ``repository``, ``sender``, ``number`` and ids of rows that django-github-app stored.

In the background, in small transactions with a rest after each, and never in a migration. It may be stopped anywhere:
what is done is done, and the next run goes on from there. Two at once do no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from django_github_app.sql import backfill as rows

__all__ = ["SECONDS", "backfill", "steps"]

logger = logging.getLogger(__name__)

SECONDS = 20.0
"""How long one run of the schedule works."""
BATCH = 200
TARGET_SECONDS = 0.05
LARGEST = 2_000
REST = 1.0
"""Seconds of rest for each second of work: deliveries come first."""


def steps(rest: float = REST) -> Iterator[int]:
    """Fill all rows; yield how many after each transaction."""
    size = BATCH
    while ids := rows.find_unfilled(size):
        started = time.monotonic()
        filled = rows.fill(ids)
        took = time.monotonic() - started
        yield filled
        size = max(20, min(LARGEST, int(size * min(2.0, TARGET_SECONDS / max(took, 0.001)))))
        time.sleep(took * rest)


def backfill(seconds: float = SECONDS) -> int:
    """Fill rows for some seconds; return how many."""
    deadline = time.monotonic() + seconds
    total = 0
    for filled in steps():
        total += filled
        if time.monotonic() > deadline:
            break
    if total:
        logger.info("columns of old rows filled", extra={"events": total})
    return total
