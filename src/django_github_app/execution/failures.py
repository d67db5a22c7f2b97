"""What a callback's failure comes to in the ledger, and how it is logged."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.errors import CallbackExited, GitHubAppError
from django_github_app.models import RunStatus
from django_github_app.observe.redaction import describe, format_traceback
from django_github_app.routing.binding import Call
from django_github_app.sql.claims import Claimed, RunOutcome

from .retries import RetryDecision, RetryPolicy, judge

__all__ = ["decide", "failed", "log_cut_short", "log_fields", "now_utc", "trace_id"]

logger = logging.getLogger(__name__)


def failed(
    call: Call,
    claimed: Claimed,
    error: Exception,
    attempt: int,
    started_at: dt.datetime,
    duration_ms: float,
    traceback: str | None = None,
) -> RunOutcome:
    """Return what stands in the ledger of a callback that raised ``error``, and log it."""
    decision = decide(error, attempt, claimed.age + duration_ms / 1000, call)
    if decision.retry_in is not None:
        status = RunStatus.RETRYING
    else:
        status = RunStatus.REJECTED if decision.rejected else RunStatus.DEAD
    shown = (error.__cause__ or error) if isinstance(error, CallbackExited) else error
    _log_failure(call, claimed, shown, status)
    if (sink := probes.sink) is not None:
        sink(("callback", call.handler, status.label, duration_ms / 1000, trace_id()))
    if status == RunStatus.DEAD and (on_dead := probes.on_dead) is not None:
        on_dead(claimed, call.handler, shown)
    return RunOutcome(
        claimed.id, call.kind, call.handler, call.position, status,
        attempt if decision.counts else attempt - 1, started_at, duration_ms, decision.retry_in,
        describe(shown), traceback or format_traceback(shown), call.command, call.arguments, call.actor,
    )  # fmt: skip


def decide(error: Exception, attempt: int, age: float, call: Call) -> RetryDecision:
    """Return what follows from a callback's exception in its ``attempt``-th try, as it or the settings say."""
    retry = None if call.limits is None else call.limits.retry
    retries = RetryPolicy.configured(app_settings, retry)
    try:
        return judge(error, attempt, retries, now_utc(), age)
    except BaseException:  # an exception of a callback may carry anything
        logger.exception("exception not understood, it counts as an ordinary failure")
        return judge(GitHubAppError(), attempt, retries, now_utc(), age)


def log_cut_short(call: Call, claimed: Claimed, error: BaseException) -> None:
    fields = {**log_fields(claimed), "handler": call.handler, "error": describe(error)}
    logger.warning("callback cut short, the worker ends", extra=fields)


def _log_failure(call: Call, claimed: Claimed, error: BaseException, status: RunStatus) -> None:
    fields = {
        **log_fields(claimed),
        "handler": call.handler,
        "outcome": status.label,
        "error": describe(error),
    }
    if status == RunStatus.REJECTED:
        logger.info("callback refused", extra=fields)
    elif status == RunStatus.RETRYING:
        logger.warning("callback failed, it will be tried again", extra=fields)
    else:
        logger.error("callback failed for good", extra={**fields, "traceback": format_traceback(error)})


def log_fields(claimed: Claimed) -> dict[str, Any]:
    return {
        "event_id": claimed.id,
        "delivery": claimed.delivery,
        "event": claimed.event,
        "action": claimed.action,
    }


def now_utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def trace_id() -> str | None:
    return None if probes.tracer is None else probes.tracer.trace_id()
