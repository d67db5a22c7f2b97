"""What an exception of a callback means for it: tried again, when, or not at all. Pure."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import gidgethub

from django_github_app.errors import (
    CallbackExited,
    CallbackUnstoppable,
    GitHubUnavailable,
    GitHubUnreachable,
    InstallationNotFound,
    PermanentError,
    RetryLater,
    UserError,
)

if TYPE_CHECKING:
    from django_github_app.conf import AppSettings
    from django_github_app.routing.limits import Retry

# Answers of GitHub that another try may mend: expired token, timeout, conflict, locked, too early, too many.
MENDABLE_STATUSES = frozenset({401, 408, 409, 423, 425, 429})

YOUNG = 60.0
"""Seconds for which GitHub may answer 404 for what it has just told us of, and for a fresh installation."""
LONGEST_PROBE = 300.0
"""Seconds between two tries at most while something we depend on is away."""
LONGEST_WAIT = 366 * 86400.0
"""Seconds after which nobody remembers what was waited for; more would not fit into every database's timestamps."""

# Servers' clients that we do not import here, by package: the classes that mean that the server cannot be reached.
_UNREACHABLE = {
    "httpx": {"TransportError"},
    "httpx2": {"TransportError"},
    "redis": {"ConnectionError", "TimeoutError", "BusyLoadingError", "ClusterDownError"},
    "valkey": {"ConnectionError", "TimeoutError", "BusyLoadingError", "ClusterDownError"},
    "kombu": {"OperationalError"},
    "amqp": {"ConnectionError", "RecoverableConnectionError"},
    "pymemcache": {"MemcacheUnexpectedCloseError", "MemcacheServerError"},
}
# SQLSTATE classes: connection exception, insufficient resources, operator intervention (shutdown, starting up).
_READ_ONLY = "25006"
_DATABASE_AWAY = ("08", "53", "57P")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How failures are retried: at most ``attempts`` tries, waiting ``backoff`` seconds and doubling.

    ``outage_patience`` seconds is how old an event may be while an outage of what it depends on uses up no attempt.
    """

    attempts: int
    backoff: float
    backoff_max: float
    outage_patience: float = 24 * 3600.0
    on: tuple[type[BaseException], ...] = (Exception,)
    """What is tried again at all, beside outages and what says itself when to try again."""

    @classmethod
    def configured(cls, settings: AppSettings, retry: Retry | None = None) -> Self:
        """Return what a callback's decorator says, and ``GITHUB_APP`` where it says nothing."""
        attempts, backoff, most = settings.MAX_ATTEMPTS, settings.RETRY_BACKOFF, settings.RETRY_BACKOFF_MAX
        patience = settings.OUTAGE_PATIENCE * 3600.0
        if retry is None:
            return cls(attempts, backoff, most, patience)
        return cls(
            attempts if retry.attempts is None else retry.attempts,
            backoff if retry.backoff is None else retry.backoff,
            most if retry.backoff_max is None else retry.backoff_max,
            patience,
            retry.exceptions,
        )


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What becomes of a callback that raised. ``retry_in`` in seconds; None: it is not tried again."""

    retry_in: float | None = None
    counts: bool = True
    """Whether the attempt counts towards the limit."""
    rejected: bool = False
    """The person's mistake, not ours: they were told."""


def judge(
    error: Exception, attempt: int, retries: RetryPolicy, now: dt.datetime, age: float = math.inf
) -> RetryDecision:
    """Decide what follows from ``error`` in the ``attempt``-th try (1-based) at an event ``age`` seconds old."""
    match error:
        case UserError():
            return RetryDecision(rejected=True)
        case InstallationNotFound() if age < YOUNG:
            return _try_again(error, attempt, retries)
        case PermanentError() | CallbackUnstoppable():
            return RetryDecision()
        case GitHubUnavailable() if age > retries.outage_patience:
            return _try_again(error, attempt, retries)
        case RetryLater():
            return RetryDecision(retry_in=_until(error.at, now, 0.0), counts=False)
        case gidgethub.RateLimitExceeded():
            return RetryDecision(retry_in=_until(error.rate_limit.reset_datetime, now, 1.0), counts=False)
        case gidgethub.HTTPException() if _is_final(error):
            return (
                _try_again(error, attempt, retries) if _is_missing(error) and age < YOUNG else RetryDecision()
            )
    if age <= retries.outage_patience and is_outage(error):
        return RetryDecision(retry_in=_probe_in(age, retries), counts=False)
    return _try_again(error, attempt, retries)


def _try_again(error: Exception, attempt: int, retries: RetryPolicy) -> RetryDecision:
    raised = error.__cause__ if isinstance(error, CallbackExited) and error.__cause__ else error
    if attempt >= retries.attempts or not (isinstance(error, retries.on) or isinstance(raised, retries.on)):
        return RetryDecision()
    return RetryDecision(retry_in=backoff(attempt, retries))


def _until(at: dt.datetime, now: dt.datetime, least: float) -> float:
    return min(max(least, (at - now).total_seconds()), LONGEST_WAIT)


def _is_missing(error: gidgethub.HTTPException) -> bool:
    return int(error.status_code) == 404


def _is_final(error: gidgethub.HTTPException) -> bool:
    status = int(error.status_code)
    return 400 <= status < 500 and status not in MENDABLE_STATUSES


def is_outage(error: BaseException) -> bool:
    """Return whether an error says that GitHub, the database, the cache or the broker is away.

    That is nobody's failure but theirs, and the same for all events: no number of attempts measures it.
    """
    if isinstance(error, gidgethub.GitHubBroken | GitHubUnreachable):
        return True
    if type(error).__name__ in ("UnsupportedProtocol", "LocalProtocolError"):
        return False  # of a handler's own HTTP client: mistakes of its own, and last
    return any(_is_unreachable(cls, error) for cls in type(error).__mro__)


def _is_unreachable(cls: type, error: BaseException) -> bool:
    package = cls.__module__.partition(".")[0]
    if cls.__module__ == "django.db.utils":
        if cls.__name__ == "InternalError":  # a session on a server that a failover left read-only
            return getattr(error.__cause__, "sqlstate", None) == _READ_ONLY
        return cls.__name__ in ("OperationalError", "InterfaceError") and _is_database_away(error.__cause__)
    return cls.__name__ in _UNREACHABLE.get(package, ())


def _is_database_away(cause: BaseException | None) -> bool:
    """Tell a server that is away from a deadlock, a statement's time limit or a misspelt name."""
    if cause is None or type(cause).__module__.partition(".")[0] not in ("psycopg", "psycopg2"):
        return False
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return code is None or code.startswith(_DATABASE_AWAY)


def _probe_in(age: float, retries: RetryPolicy) -> float:
    """Return the seconds before the next try in an outage: they grow with the age of the event, which doubles each
    time or so, and are spread."""
    base = min(max(retries.backoff, age / 2), retries.backoff_max, LONGEST_PROBE)
    return base * _spread()


def backoff(attempt: int, retries: RetryPolicy) -> float:
    """Return the seconds before the next try: doubling, capped, and spread so that failures do not march in step."""
    base: float = min(retries.backoff * 2 ** min(attempt - 1, 30), retries.backoff_max)
    return base * _spread()


def _spread() -> float:
    return random.uniform(0.75, 1.25)  # noqa: S311 - spreading load, not hiding anything
