"""What an exception of a callback means for it: tried again, when, or not at all. Pure."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import gidgethub

from django_github_app.errors import PermanentError, RetryLater, UserError

# Answers of GitHub that another try may mend: expired token, timeout, conflict, locked, too early, too many.
MENDABLE_STATUSES = frozenset({401, 408, 409, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class Retries:
    """How failures are retried: at most ``attempts`` tries, waiting ``backoff`` seconds and doubling."""

    attempts: int
    backoff: float
    backoff_max: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a callback that raised. ``retry_in`` in seconds; None: it is not tried again."""

    retry_in: float | None = None
    counts: bool = True
    """Whether the attempt counts towards the limit."""
    rejected: bool = False
    """The person's mistake, not ours: they were told."""


def judge(error: Exception, attempt: int, retries: Retries, now: dt.datetime) -> Verdict:
    """Decide what follows from ``error`` in the ``attempt``-th try (1-based)."""
    match error:
        case UserError():
            return Verdict(rejected=True)
        case PermanentError():
            return Verdict()
        case RetryLater():
            return Verdict(retry_in=max(0.0, (error.at - now).total_seconds()), counts=False)
        case gidgethub.RateLimitExceeded():
            reset = error.rate_limit.reset_datetime
            return Verdict(retry_in=max(1.0, (reset - now).total_seconds()), counts=False)
        case gidgethub.HTTPException() if _is_final(error):
            return Verdict()
    if attempt >= retries.attempts:
        return Verdict()
    return Verdict(retry_in=backoff(attempt, retries))


def _is_final(error: gidgethub.HTTPException) -> bool:
    status = int(error.status_code)
    return 400 <= status < 500 and status not in MENDABLE_STATUSES


def backoff(attempt: int, retries: Retries) -> float:
    """Return the seconds before the next try: doubling, capped, and spread so that failures do not march in step."""
    base: float = min(retries.backoff * 2 ** min(attempt - 1, 30), retries.backoff_max)
    return base * random.uniform(0.75, 1.25)  # noqa: S311 - spreading load, not hiding anything
