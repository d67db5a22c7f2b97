"""claim → load handlers → match → call each callback → record the outcome.

The rules for one event are written once, as a coroutine (`run_event`). An async worker awaits it on the
process's event loop, many events at a time. A sync worker drives it by hand in the task's thread: there nothing
in it ever suspends, because every wait is a blocking call (`SyncRuntime.wait`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import connections, router
from gidgethub import sansio
from zstandard import ZstdError

from . import bodies, command_runs, recovery, routing
from .calls import Call
from .conf import app_settings
from .errors import HandlerLoadError, UserError
from .failures import Retries, describe, format_traceback, judge
from .github.current import CurrentCall, current_call, current_delivery
from .leases import Batch, LeaseKeeper
from .ledger import Claim, Finish, InlineLedger, Ledger, Release, Renew, Result
from .loops import get_loop, run_on_loop
from .mentions import body_of
from .models import EventLog, EventStatus, RunKind, RunStatus
from .models.transitions import Claimed, Outcome, Run
from .runtimes import AsyncRuntime, EventRuntime, SyncRuntime, TransactionRuntime

logger = logging.getLogger(__name__)
T = TypeVar("T")

# A task takes no further event after this long: a worker that is told to stop should not have to wait for more.
MOST_SECONDS_PER_TASK = 60.0
# A text of more characters is read beside the event loop: a malicious one of the greatest length takes seconds.
LONG_TEXT = 4_000
# Stands in the ledger for handler modules that could not be imported.
IMPORT = "import of handler modules"


def process(ids: Sequence[int], worker_type: str | None = None) -> None:
    """Run the events that can be claimed, and what follows them in their lanes; record what became of each."""
    if worker_type is None:
        for one_type, its_ids in _by_worker_type(ids).items():
            process(its_ids, one_type)
        return
    in_test = connections[router.db_for_write(EventLog)].in_atomic_block
    ledger = InlineLedger() if in_test else _ledger()
    try:
        _load_handlers(worker_type)
    except HandlerLoadError as error:
        _postpone(ids, error, ledger)
        raise
    unordered = routing.unordered(worker_type)
    claimed = ledger.submit(Claim(ids, unordered)).claimed
    if not claimed:
        return
    batch = Batch(claimed)
    if in_test:
        _run_in_turn(batch, unordered, ledger, TransactionRuntime)
        return
    keeper = _keeper()
    keeper.hold(batch)
    try:
        if worker_type == "async":
            run_on_loop(_run_concurrently(batch, unordered, ledger), _most_seconds())
        else:
            _run_in_turn(batch, unordered, ledger, SyncRuntime)
    finally:
        keeper.drop(batch)
        _hand_back(batch.take_waiting())


def _most_seconds() -> float:
    # Everything a batch waits for has a limit of its own; this is the sum, for what nobody thought of.
    return MOST_SECONDS_PER_TASK + app_settings.HANDLER_TIMEOUT + app_settings.LEASE_SECONDS


def _by_worker_type(ids: Sequence[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, worker_type in (
        EventLog.objects.filter(id__in=ids).order_by("id").values_list("id", "worker_type")
    ):
        found.setdefault(worker_type or "sync", []).append(pk)
    return found


def _load_handlers(worker_type: str) -> None:
    if worker_type == "async":
        routing.GitHubRouter.ensure_async_handlers_loaded()
    else:
        routing.GitHubRouter.ensure_sync_handlers_loaded()


def _postpone(ids: Sequence[int], error: HandlerLoadError, ledger: Ledger) -> None:
    """Note in each event's ledger why it waits, and try again later, for as long as it takes."""
    for claimed in ledger.submit(Claim(ids)).claimed:
        earlier = claimed.runs.get((IMPORT, 0))
        attempts = min(earlier.attempts + 1 if earlier else 1, 1000)
        retry_in = min(app_settings.RETRY_BACKOFF * 2 ** min(attempts - 1, 10), 300.0)
        run = Run(
            claimed.id, RunKind.EVENT, IMPORT, 0, RunStatus.RETRYING, attempts, _now(), 0.0, retry_in,
            describe(error), format_traceback(error),
        )  # fmt: skip
        ledger.submit(Finish([run], Outcome(claimed.id, claimed.attempt, EventStatus.RETRYING, retry_in)))


# Many events


def _run_in_turn(
    batch: Batch, unordered: Sequence[str], ledger: Ledger, runtime_class: type[SyncRuntime]
) -> None:
    """Run a batch on this thread, one event after the other, while outcomes are recorded beside it."""
    deadline = time.monotonic() + MOST_SECONDS_PER_TASK
    recording: deque[tuple[Claimed, Future[Result]]] = deque()
    while True:
        while recording and recording[0][1].done():
            _follow_lane(batch, *recording.popleft())
        claimed = batch.start() if time.monotonic() < deadline else None
        if claimed is None:
            if not recording:
                return
            _follow_lane(batch, *recording.popleft())
            continue
        runtime = runtime_class(claimed)
        try:
            ended = drive(run_event(claimed, runtime, ledger))
        finally:
            runtime.close()
            batch.done(claimed)
        recording.append((claimed, ledger.put(_finish(claimed, ended, unordered))))


def _follow_lane(batch: Batch, claimed: Claimed, recorded: Future[Result]) -> None:
    result = _recorded(claimed, recorded.result)
    if result is None:
        return
    for following in result.claimed:
        batch.add(following)
    if result.ready:
        recovery.publish_or_leave(result.ready)


async def _run_concurrently(batch: Batch, unordered: Sequence[str], ledger: Ledger) -> None:
    """Run a batch on the loop, all events at once; what follows in a lane starts when its turn comes."""
    deadline = time.monotonic() + MOST_SECONDS_PER_TASK

    async def run(claimed: Claimed) -> None:
        runtime = AsyncRuntime(claimed)
        try:
            ended = await run_event(claimed, runtime, ledger)
        finally:
            await runtime.aclose()
            batch.done(claimed)
        try:
            result = await ledger.asubmit(_finish(claimed, ended, unordered))
        except Exception as error:  # noqa: BLE001 - the lease expires and the sweep takes it back
            _log_unrecorded(claimed, error)
            return
        if result.ready:
            await asyncio.to_thread(recovery.publish_or_leave, result.ready)
        for following in result.claimed:
            batch.add(following)
        if time.monotonic() < deadline:
            start_waiting()

    def start_waiting() -> None:
        while (claimed := batch.start()) is not None:
            tasks.add(asyncio.create_task(run(claimed)))

    tasks: set[asyncio.Task[None]] = set()
    start_waiting()
    while tasks:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        tasks -= done
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.error("event left to its lease", exc_info=error)


def _finish(claimed: Claimed, ended: Ended, unordered: Sequence[str]) -> Finish:
    return Finish(ended.runs, ended.outcome, claimed.lane, claimed.worker_type, unordered)


def _recorded(claimed: Claimed, wait: Any) -> Result | None:
    try:
        result: Result = wait()
    except Exception as error:  # noqa: BLE001 - the lease expires and the sweep takes it back
        _log_unrecorded(claimed, error)
        return None
    return result


def _log_unrecorded(claimed: Claimed, error: Exception) -> None:
    logger.error("outcome not recorded, the event will run again", exc_info=error, extra=_log_fields(claimed))


# One event


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
        logger.exception("event has no readable payload", extra=_log_fields(claimed))
        return _end(claimed, [_unreadable(claimed, error)])
    token = current_delivery.set(claimed.delivery)
    try:
        runs: list[Run] = []
        waiting: list[float] = []
        dead = False
        now = _now()
        if len(body_of(event)) > LONG_TEXT:
            calls: list[Call] = await runtime.invoke(routing.match, event, claimed.worker_type)
        else:
            calls = routing.match(event, claimed.worker_type)
        for call in calls:
            earlier = claimed.runs.get((call.handler, call.position))
            if earlier is not None and earlier.status.is_final:
                dead = dead or earlier.status == RunStatus.DEAD
                continue
            if earlier is not None and earlier.next_attempt_at is not None and earlier.next_attempt_at > now:
                waiting.append((earlier.next_attempt_at - now).total_seconds())
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
        data = bodies.decode(bodies.decompress(claimed.body), form_encoded=claimed.form_encoded)
    else:
        data = claimed.legacy_payload
        if isinstance(data, str | bytes):  # as SQLite and Django's cursors return JSON
            data = json.loads(data)
    if not isinstance(data, dict):
        raise ValueError("the payload is not a JSON object")
    return sansio.Event(data, event=claimed.event, delivery_id=claimed.delivery or "")


def _unreadable(claimed: Claimed, error: Exception) -> Run:
    return Run(
        claimed.id, RunKind.EVENT, "payload", 0, RunStatus.DEAD, 1, _now(), 0.0,
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
        logger.info("event finished", extra={**_log_fields(claimed), "status": status.label})
    return Ended(Outcome(claimed.id, claimed.attempt, status, retry_in, drop), runs)


async def run_call(call: Call, event: sansio.Event, runtime: EventRuntime, attempt: int) -> Run:
    """Call one callback and say for the ledger how it went. Its failure goes no further than this."""
    runtime.attempt = attempt
    started_at, started = _now(), time.perf_counter()
    error: Exception | None = None
    token = current_call.set(CurrentCall(call.handler, call.position))
    try:
        if call.kind == "command":
            await command_runs.run(call, event, runtime)
        else:
            await runtime.call(call.callback, event, call.kwargs)
    except Exception as raised:  # noqa: BLE001 - a callback may raise anything
        error = raised
    finally:
        current_call.reset(token)
    duration_ms = (time.perf_counter() - started) * 1000
    status, attempts, retry_in = RunStatus.SUCCEEDED, attempt, None
    if error is not None:
        verdict = judge(error, attempt, _retries(), _now())
        retry_in = verdict.retry_in
        if verdict.retry_in is not None:
            status = RunStatus.RETRYING
        else:
            status = RunStatus.REJECTED if verdict.rejected else RunStatus.DEAD
        attempts = attempt if verdict.counts else attempt - 1
        _log_failure(call, runtime.claimed, error, status)
        if isinstance(error, UserError) and call.kind != "command":
            await command_runs.tell(error, event, runtime)
    return Run(
        runtime.event_id, call.kind, call.handler, call.position, status, attempts, started_at, duration_ms,
        retry_in, describe(error) if error else None, format_traceback(error) if error else None,
        call.command, call.arguments, call.actor,
    )  # fmt: skip


def _log_failure(call: Call, claimed: Claimed, error: Exception, status: RunStatus) -> None:
    fields = {
        **_log_fields(claimed),
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


def _log_fields(claimed: Claimed) -> dict[str, Any]:
    return {
        "event_id": claimed.id,
        "delivery": claimed.delivery,
        "event": claimed.event,
        "action": claimed.action,
    }


def _retries() -> Retries:
    return Retries(app_settings.MAX_ATTEMPTS, app_settings.RETRY_BACKOFF, app_settings.RETRY_BACKOFF_MAX)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


# What one process has one of


def _hand_back(claimed: Sequence[Claimed], done: int = 0) -> None:
    """Give claimed events back, in messages of about as many as were done in the time of this batch."""
    if not claimed:
        return
    logger.info("handing events back", extra={"events": len(claimed)})
    released = set(_ledger().submit(Release([(c.id, c.attempt) for c in claimed])).released)
    recovery.publish_or_leave(((c.worker_type, c.id) for c in claimed if c.id in released), max(1, done))


@dataclass(slots=True)
class _Process:
    pid: int = field(default_factory=os.getpid)
    ledger: Ledger = field(default_factory=Ledger)
    keeper: LeaseKeeper = field(
        default_factory=lambda: LeaseKeeper(
            renew=lambda claims: _ledger().put(Renew(claims)),
            hand_back=_hand_back,
            lease=lambda: app_settings.LEASE_SECONDS,
            slow_after=lambda: app_settings.SLOW_AFTER,
        )
    )


_process: _Process | None = None


def _this_process() -> _Process:
    global _process
    if _process is None or _process.pid != os.getpid():
        _process = _Process()
    return _process


def _ledger() -> Ledger:
    return _this_process().ledger


def _keeper() -> LeaseKeeper:
    return _this_process().keeper


def close() -> None:
    """Record what is waiting and stop this process's ledger thread; the next task starts another."""
    if _process is not None and _process.pid == os.getpid():
        _process.ledger.close()


__all__ = ["close", "drive", "get_loop", "process", "run_call", "run_event"]
