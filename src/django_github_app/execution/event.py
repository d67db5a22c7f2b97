"""One event: match → call each callback → say for the ledger how it went.

Written once, as a coroutine (`run_event`): `processing` says who awaits it, and who drives it by hand.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gidgethub import sansio
from zstandard import ZstdError

from django_github_app import routing
from django_github_app.bodies import frames
from django_github_app.comments.mentions import body_of
from django_github_app.conf import app_settings
from django_github_app.errors import UserError
from django_github_app.github.current import CurrentCall, current_call, current_delivery
from django_github_app.models import EventStatus, RunKind, RunStatus
from django_github_app.observe.redaction import describe, format_traceback
from django_github_app.routing.binding import Call
from django_github_app.sql.claims import Claimed, Outcome, Run

from . import commands
from .recorder import Finish, Ledger
from .retries import Retries, judge
from .runtimes import EventRuntime

logger = logging.getLogger(__name__)
T = TypeVar("T")

# A text of more characters is read beside the event loop: a malicious one of the greatest length takes seconds.
LONG_TEXT = 4_000
# Stands in the ledger for handler modules that could not be imported.
IMPORT = "import of handler modules"


@dataclass(frozen=True, slots=True)
class Ended:
    """How an event ended, and the callbacks that are not in the ledger yet."""

    outcome: Outcome
    runs: Sequence[Run]


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, without an event loop. Raises RuntimeError when it does suspend."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a callback's surroundings waited for an event loop in a synchronous worker")


async def run_event(claimed: Claimed, runtime: EventRuntime, ledger: Ledger) -> Ended:
    """Call the callbacks that an event is for, in order, except those that an earlier attempt has settled."""
    try:
        event = _event_of(claimed)
    except (ValueError, RecursionError, KeyError, ZstdError) as error:
        logger.exception("event has no readable payload", extra=log_fields(claimed))
        return _end(claimed, [_unreadable(claimed, error)])
    token = current_delivery.set(claimed.delivery)
    try:
        runs: list[Run] = []
        waiting: list[float] = []
        dead = False
        now = now_utc()
        if len(body_of(event)) > LONG_TEXT:
            calls: list[Call] = await runtime.invoke(routing.match, event, claimed.worker_type)
        else:
            calls = routing.match(event, claimed.worker_type)
        for call in calls:
            earlier = claimed.runs.get((call.handler, call.position))
            if earlier is not None and earlier.status.is_final:
                dead = dead or earlier.status == RunStatus.DEAD
                continue
            if earlier is not None and earlier.due_in is not None and earlier.due_in > 0:
                waiting.append(earlier.due_in)
                continue
            if runs:
                # What succeeded is on its way into the ledger before the next callback starts.
                ledger.put(Finish([runs.pop()]))
            run = await run_call(call, event, runtime, (earlier.attempts if earlier else 0) + 1)
            dead = dead or run.status == RunStatus.DEAD
            if run.retry_in is not None:
                waiting.append(run.retry_in)
            runs.append(run)
    finally:
        current_delivery.reset(token)
    imported = claimed.runs.get((IMPORT, 0))
    if imported is not None and not imported.status.is_final:
        runs.append(
            Run(claimed.id, RunKind.EVENT, IMPORT, 0, RunStatus.SUCCEEDED, imported.attempts, now, 0.0)
        )
    return _end(claimed, runs, matched=bool(calls), waiting=waiting, dead=dead)


def _event_of(claimed: Claimed) -> sansio.Event:
    if claimed.body is not None:
        data = frames.decode(frames.decompress(claimed.body), form_encoded=claimed.form_encoded)
    else:
        data = claimed.legacy_payload
        if isinstance(data, str | bytes):  # as SQLite and Django's cursors return JSON
            data = json.loads(data)
    if not isinstance(data, dict):
        raise ValueError("the payload is not a JSON object")
    return sansio.Event(data, event=claimed.event, delivery_id=claimed.delivery or "")


def _unreadable(claimed: Claimed, error: Exception) -> Run:
    return Run(
        claimed.id, RunKind.EVENT, "payload", 0, RunStatus.DEAD, 1, now_utc(), 0.0,
        error=describe(error), traceback=format_traceback(error),
    )  # fmt: skip


def _end(
    claimed: Claimed,
    runs: Sequence[Run],
    *,
    matched: bool = True,
    waiting: Sequence[float] = (),
    dead: bool = True,
) -> Ended:
    retry_in = None
    drop = False
    if waiting:
        status = EventStatus.RETRYING
        retry_in = min(waiting)
    elif dead:
        status = EventStatus.DEAD
    elif matched:
        status = EventStatus.DONE
    else:
        status = EventStatus.IGNORED
        drop = not app_settings.LOG_ALL_EVENTS
    if logger.isEnabledFor(logging.INFO):
        logger.info("event finished", extra={**log_fields(claimed), "status": status.label})
    return Ended(Outcome(claimed.id, claimed.attempt, status, retry_in, drop), runs)


async def run_call(call: Call, event: sansio.Event, runtime: EventRuntime, attempt: int) -> Run:
    """Call one callback and say for the ledger how it went. Its failure goes no further than this."""
    runtime.attempt = attempt
    started_at, started = now_utc(), time.perf_counter()
    error: Exception | None = None
    token = current_call.set(CurrentCall(call.handler, call.position))
    try:
        if call.kind == "command":
            await commands.run(call, event, runtime)
        else:
            await runtime.call(call.callback, event, call.kwargs)
    except Exception as raised:  # noqa: BLE001 - a callback may raise anything
        error = raised
    finally:
        current_call.reset(token)
    duration_ms = (time.perf_counter() - started) * 1000
    status, attempts, retry_in = RunStatus.SUCCEEDED, attempt, None
    if error is not None:
        verdict = judge(error, attempt, _retries(), now_utc())
        retry_in = verdict.retry_in
        if verdict.retry_in is not None:
            status = RunStatus.RETRYING
        else:
            status = RunStatus.REJECTED if verdict.rejected else RunStatus.DEAD
        attempts = attempt if verdict.counts else attempt - 1
        _log_failure(call, runtime.claimed, error, status)
        if isinstance(error, UserError) and call.kind != "command":
            await commands.tell(error, event, runtime)
    return Run(
        runtime.event_id, call.kind, call.handler, call.position, status, attempts, started_at, duration_ms,
        retry_in, describe(error) if error else None, format_traceback(error) if error else None,
        call.command, call.arguments, call.actor,
    )  # fmt: skip


def _log_failure(call: Call, claimed: Claimed, error: Exception, status: RunStatus) -> None:
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


def _retries() -> Retries:
    return Retries(app_settings.MAX_ATTEMPTS, app_settings.RETRY_BACKOFF, app_settings.RETRY_BACKOFF_MAX)


def now_utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
