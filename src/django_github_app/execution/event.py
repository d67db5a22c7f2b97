"""One event: match → call each callback → say for the ledger how it went.

Written once, as a coroutine (`run_event`): `processing` says who awaits it, and who drives it by hand.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Sequence

from gidgethub import sansio
from zstandard import ZstdError

from django_github_app import probes, routing
from django_github_app.bodies import frames
from django_github_app.broker.shutdown import ends_the_process
from django_github_app.comments.mentions import body_of
from django_github_app.conf import app_settings
from django_github_app.configuration.files import changed_files, forget_pushed
from django_github_app.context.base import Speaker
from django_github_app.context.mentions import AsyncMentionContext, MentionContext, SyncMentionContext
from django_github_app.errors import (
    AwaitsTurn,
    CallbackExited,
    HandlerTimeout,
    RunInterrupted,
    RunStopped,
    UserError,
)
from django_github_app.github.current import CurrentCall, current_call, current_delivery
from django_github_app.maintenance.sweep import LOST
from django_github_app.models import EventStatus, RunKind, RunStatus
from django_github_app.models.dependents import deletion_is_watched
from django_github_app.observe.redaction import describe, format_traceback
from django_github_app.routing.binding import Call, is_async, name_of
from django_github_app.sql.claims import Claimed, EventOutcome, RunOutcome

from . import commands, on_error, turns
from .failures import failed, log_cut_short, log_fields, now_utc, trace_id
from .recorder import Recorder
from .records import Records
from .runtimes import EventRuntime

logger = logging.getLogger(__name__)

# A text of more characters is read beside the event loop: a malicious one of the greatest length takes seconds.
LONG_TEXT = 4_000
# Stands in the ledger for handler modules that could not be imported.
IMPORT = "import of handler modules"


# Stand in the ledger for a failure before any callback, and for one of ours around them.
MATCHING = "matching of callbacks"
PROCESSING = "processing of the event"


async def attempt(
    claimed: Claimed, runtime: EventRuntime, recorder: Recorder, *, traced: bool = False
) -> EventOutcome:
    """As `run_event`; whatever it raises, except the end of this worker, ends in the ledger and is tried again."""
    if (tracer := probes.tracer) is not None and not traced:
        with tracer.event(claimed) as span:
            outcome = await attempt(claimed, runtime, recorder, traced=True)
            span.set(github_app__status=outcome.status.label)
            return outcome
    try:
        outcome = await run_event(claimed, runtime, recorder)
    except Exception as error:
        logger.exception("event could not be processed", extra=log_fields(claimed))
        earlier = claimed.runs.get((PROCESSING, 0))
        call = Call("event", PROCESSING, run_event)
        number = (earlier.attempts if earlier else 0) + 1
        run = failed(call, claimed, error, number, now_utc(), 0.0)
        waiting = [] if run.retry_in is None else [run.retry_in]
        outcome = _end(claimed, [run], waiting=waiting, dead=run.status == RunStatus.DEAD)
    if (sink := probes.sink) is not None:
        seconds = claimed.age + time.monotonic() - claimed.claimed_at
        sink(("event", claimed.worker_type, outcome.status.label, seconds, trace_id()))
    return outcome


async def run_event(claimed: Claimed, runtime: EventRuntime, recorder: Recorder) -> EventOutcome:
    """Call the callbacks that an event is for, in order, except those that an earlier attempt has settled."""
    try:
        event = _event_of(claimed)
    except (ValueError, RecursionError, KeyError, ZstdError) as error:
        logger.exception("event has no readable payload", extra=log_fields(claimed))
        return _end(claimed, [_unreadable(claimed, error)])
    if claimed.event == "push" and changed_files(event.data):
        await _forget_pushed(event, runtime)
    token = current_delivery.set(claimed.delivery)
    runtime.recorder, records = recorder, Records(recorder)
    died = False
    try:
        waiting: list[float] = []
        dead = False
        calls = turns.keyed_last(await _match(event, claimed, runtime))
        unkeyed = sum(call.flow is None for call in calls)
        for number, call in enumerate(calls):
            if runtime.stoppable.cancelled is not None:
                waiting = []
                break
            earlier = claimed.runs.get((call.handler, call.position))
            if earlier is not None and earlier.status.is_final:
                dead = dead or earlier.status == RunStatus.DEAD
                continue
            if earlier is not None and earlier.due_in is not None and earlier.due_in > 0:
                waiting.append(earlier.due_in)
                continue
            # What succeeded is on its way into the ledger before the next callback starts.
            records.send()
            if (
                runtime.batch is not None
                and not runtime.batch.is_sure()
                and not await runtime.is_ours(recorder)
            ):
                logger.warning("event was taken over by another worker", extra=log_fields(claimed))
                waiting.append(0.0)  # counts only if it was not: the outcome is conditional on the attempt
                break
            runtime.leaves_lane = number >= unkeyed
            run = await run_call(call, event, runtime, (earlier.attempts if earlier else 0) + 1)
            if run.status == RunStatus.DEAD:
                dead = died = True
            if run.due_in is not None:
                waiting.append(run.due_in)
            records.add(run)
    except BaseException:
        records.send()
        raise
    finally:
        current_delivery.reset(token)
    runs = records.unconfirmed()
    if claimed.runs:
        runs += _settled(claimed, calls)
    keys = records.waits_for() if unkeyed < len(calls) else ()
    return _end(claimed, runs, matched=bool(calls), waiting=waiting, dead=dead, died=died, keys=keys)


async def _forget_pushed(event: sansio.Event, runtime: EventRuntime) -> None:
    """Have configuration that a push changed read again, before a callback of this event or the next looks at it."""
    try:
        await runtime.invoke(forget_pushed, app_settings.API_URL, runtime.claimed.installation_id, event.data)
    except Exception:  # it is read again within the hour all the same
        logger.exception("configuration was not read again", extra=log_fields(runtime.claimed))


async def _match(event: sansio.Event, claimed: Claimed, runtime: EventRuntime) -> list[Call]:
    try:
        if len(body_of(event)) > LONG_TEXT:
            found: list[Call] = await runtime.invoke(routing.match, event, claimed.worker_type)
            return found
        return routing.match(event, claimed.worker_type)
    except Exception as error:  # noqa: BLE001 - it is the ledger's first line of the event
        return [Call("event", MATCHING, routing.match, error=error)]


def _settled(claimed: Claimed, calls: Sequence[Call]) -> list[RunOutcome]:
    """Return runs that close what an earlier attempt left open and this one has no call for."""
    left = {key: run for key, run in claimed.runs.items() if not run.status.is_final}
    for call in calls:
        left.pop((call.handler, call.position), None)
    if not left:
        return []
    ours = {IMPORT, MATCHING, PROCESSING, LOST}
    if not any(call.error for call in calls):
        # Their registrations failed then, and say now that the event is not for them.
        ours |= {name_of(r.callback) for r in routing.registrations(claimed.worker_type)}
    return [
        RunOutcome(
            claimed.id, RunKind.EVENT, handler, position, RunStatus.SUCCEEDED, run.attempts, now_utc(), 0.0
        )
        for (handler, position), run in left.items()
        if handler in ours
    ]


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


def _unreadable(claimed: Claimed, error: Exception) -> RunOutcome:
    return RunOutcome(
        claimed.id, RunKind.EVENT, "payload", 0, RunStatus.DEAD, 1, now_utc(), 0.0,
        error=describe(error), traceback=format_traceback(error),
    )  # fmt: skip


def _end(
    claimed: Claimed,
    runs: Sequence[RunOutcome],
    *,
    matched: bool = True,
    waiting: Sequence[float] = (),
    dead: bool = True,
    died: bool = False,
    keys: Sequence[int] = (),
) -> EventOutcome:
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
        # Where deleting an event concerns the project too, that is left to retention.
        drop = not app_settings.LOG_ALL_EVENTS and not deletion_is_watched()
    if logger.isEnabledFor(logging.INFO):
        logger.info("event finished", extra={**log_fields(claimed), "status": status.label})
    deaths = died or status == EventStatus.DEAD
    return EventOutcome(claimed.id, claimed.attempt, status, retry_in, drop, runs, deaths, keys)


async def run_call(call: Call, event: sansio.Event, runtime: EventRuntime, attempt: int) -> RunOutcome:
    """Call one callback and say for the ledger how it went. Its failure goes no further than this."""
    runtime.attempt = attempt
    runtime.limits = call.limits
    started_at, started = now_utc(), time.perf_counter()
    runtime.calling = (call, attempt, started_at, started)
    error: Exception | None = None
    current = CurrentCall(call.handler, call.position)
    token = current_call.set(current)
    runtime.stoppable.begin(call, current)
    try:
        if call.error is not None:
            error = call.error
        elif (tracer := probes.tracer) is None:
            await _call(call, event, runtime)
        else:
            with tracer.callback(call.handler, attempt):
                await _call(call, event, runtime)
    except Exception as raised:  # noqa: BLE001 - a callback may raise anything
        error = raised
    except BaseException as raised:
        if runtime.is_ending() or isinstance(raised, RunInterrupted) or ends_the_process(raised):
            log_cut_short(call, runtime.claimed, raised)
            raise
        error = CallbackExited()
        error.__cause__ = raised
    finally:
        runtime.calling = runtime.limits = None
        runtime.stoppable.end()
        current_call.reset(token)
    duration_ms = (time.perf_counter() - started) * 1000
    if isinstance(error, RunStopped | AwaitsTurn):
        return turns.given_up(turns.not_run(call, runtime, error, attempt, started_at, duration_ms), runtime)
    run = await _settle(call, event, runtime, error, attempt, started_at, duration_ms)
    return run if runtime.place is None else turns.given_up(run, runtime)


async def _settle(
    call: Call,
    event: sansio.Event,
    runtime: EventRuntime,
    error: Exception | None,
    attempt: int,
    started_at: dt.datetime,
    duration_ms: float,
) -> RunOutcome:
    """Say for the ledger how a call ended, and tell whoever is to hear of it."""
    if error is None:
        if (sink := probes.sink) is not None:
            sink(("callback", call.handler, "succeeded", duration_ms / 1000, trace_id()))
        return RunOutcome(
            runtime.event_id, call.kind, call.handler, call.position, RunStatus.SUCCEEDED, attempt, started_at,
            duration_ms, None, None, None, call.command, call.arguments, call.actor,
        )  # fmt: skip
    run = failed(call, runtime.claimed, error, attempt, started_at, duration_ms)
    if run.status == RunStatus.DEAD:
        await on_error.call(call, error, event, runtime)
    if isinstance(error, UserError) and call.kind != "command":
        try:
            await commands.tell(error, event, runtime)
        except Exception:  # what became of the callback is known already
            logger.exception("user error not answered", extra=log_fields(runtime.claimed))
    return run


async def _call(call: Call, event: sansio.Event, runtime: EventRuntime) -> None:
    if call.kind == "command":
        await commands.run(call, event, runtime)
        return
    if call.flow is not None:
        await turns.take(call, event, runtime)
    if call.kind == "mention":
        await runtime.call(call.callback, event, {"context": _mentioned(call, event, runtime)})
    else:
        await runtime.call(call.callback, event, call.kwargs)


def _mentioned(call: Call, event: sansio.Event, runtime: EventRuntime) -> MentionContext:
    kind = AsyncMentionContext if is_async(call.callback) else SyncMentionContext
    return kind(call.kwargs["context"], Speaker(runtime.api, event), **runtime.whereabouts)


def blocked(runtime: EventRuntime, where: str) -> EventOutcome | None:
    """Return how an event ends whose callback blocks the loop; None when it is in none."""
    if runtime.calling is None:
        return None
    call, attempt, started_at, started = runtime.calling
    error = HandlerTimeout("The callback blocked the event loop: it waits or computes without await.")
    duration_ms = (time.perf_counter() - started) * 1000
    run = failed(call, runtime.claimed, error, attempt, started_at, duration_ms, where)
    waiting = [] if run.retry_in is None else [run.retry_in]
    return _end(runtime.claimed, [run], waiting=waiting)
