"""claim → load handlers → match → call each callback → record the outcome.

The rules for one event are written once, as a coroutine (`event.run_event`). An async worker awaits it on the
process's event loop, many events at a time. A sync worker drives it by hand in the task's thread: there nothing
in it ever suspends, because every wait is a blocking call (`SyncRuntime.wait`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import lru_cache

from django.db import connections, router

from django_github_app import probes, routing
from django_github_app.broker.shutdown import in_worker
from django_github_app.conf import app_settings
from django_github_app.errors import HandlerLoadError
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, RunKind, RunStatus
from django_github_app.observe.redaction import describe, format_traceback
from django_github_app.process.loop import abandon_loop, run_on_loop
from django_github_app.process.per_process import PerProcess
from django_github_app.sql.claims import Claimed, EventOutcome, RunOutcome

from . import handover, project_views
from .event import IMPORT, blocked
from .failures import now_utc
from .inline_recorder import InlineRecorder
from .leases import Batch, LeaseKeeper
from .pace import Idleness, Pace
from .recorder import Claim, Record, Recorded, Recorder, Release, Renew, Take, Watch
from .running import MOST_SECONDS_PER_TASK, run_concurrently, run_in_turn
from .runtimes import SyncRuntime, TransactionRuntime
from .watchdog import LoopWatch, end_worker

logger = logging.getLogger(__name__)

# A task goes on with what is pending for so long; then other messages have their turn. One with more to do has sent
# another when it began.
SECONDS_TO_GO_ON = 1.0
# A worker that ends because it cannot work waits so long for the database.
SECONDS_TO_END = 15.0


def process(ids: Sequence[int], worker_type: str | None = None) -> None:
    """Run what is pending of a worker type, up to BATCH_SIZE at once, and what follows it in lanes; record outcomes.

    ``ids`` are the events that the message was sent for. They are run if they can be claimed, and so is whatever
    else is pending: the message is a wake-up. Inside a transaction, which is a test's, only they are.
    ``worker_type`` None: as the rows of ``ids`` say.
    """
    if worker_type is None:
        for one_type, its_ids in _by_worker_type(ids).items():
            process(its_ids, one_type)
        return
    if _in_test():
        _run_ids(ids, worker_type, InlineRecorder())
        return
    recorder = _recorder()
    unordered = _prepare(worker_type, recorder, Take(worker_type, ids, app_settings.BATCH_SIZE))
    own = _process.get()
    own.idleness.wait(busy=bool(own.keeper.batches()))
    began, told, pace = time.monotonic(), False, own.pace
    while True:
        limit = pace.limit(worker_type)
        asked_at = time.monotonic()
        result = _claim(Take(worker_type, ids, limit, unordered), worker_type, recorder)
        own.idleness.note(found=bool(result.claimed) or result.more)
        if result.more and not told:
            # Before anything is run: whoever is idle goes on with the rest, and the message keeps their number up.
            told = True
            publishing.wake_or_leave(worker_type)
        if result.claimed:
            batch = _batch_of(result.claimed, asked_at, worker_type)
            _run_batch(batch, worker_type, unordered, recorder)
            pace.note(worker_type, limit, batch)
        if not result.more or time.monotonic() - began > SECONDS_TO_GO_ON:
            return
        ids = ()


def process_alone(ids: Sequence[int], worker_type: str) -> None:
    """Run these events, in a batch of their own, and then as `process` what is pending."""
    if not _in_test():
        _run_ids(ids, worker_type, _recorder())
        ids = ()
    process(ids, worker_type)


def _in_test() -> bool:
    return connections[router.db_for_write(EventLog)].in_atomic_block


def _prepare(worker_type: str, recorder: Recorder, claim: Claim | Take) -> Sequence[str]:
    """Load the handlers; return the events that take no part in lanes. What cannot run now is tried again later."""
    try:
        _load_handlers(worker_type)
    except HandlerLoadError as error:
        _postpone(claim, error, recorder)
        raise
    return routing.unordered(worker_type)


def _run_ids(ids: Sequence[int], worker_type: str, recorder: Recorder) -> None:
    unordered = _prepare(worker_type, recorder, Claim(ids))
    asked_at = time.monotonic()
    result = _claim(Claim(ids, unordered), worker_type, recorder)
    if result.claimed:
        batch = _batch_of(result.claimed, asked_at, worker_type)
        _run_batch(batch, worker_type, unordered, recorder)


def _batch_of(claimed: Sequence[Claimed], asked_at: float, worker_type: str) -> Batch:
    limit = routing.longest_timeout(worker_type)
    longer = limit if limit > app_settings.HANDLER_TIMEOUT else 0.0
    return Batch(claimed, asked_at, app_settings.LEASE_SECONDS, longer)


def _run_batch(batch: Batch, worker_type: str, unordered: Sequence[str], recorder: Recorder) -> None:
    if isinstance(recorder, InlineRecorder):
        run_in_turn(batch, unordered, recorder, TransactionRuntime)
        return
    own = _process.get()
    own.keeper.hold(batch)
    goes_on = False
    if worker_type == "async":
        own.watch.begin()

    def end() -> None:
        if worker_type == "async":
            own.watch.end()
        own.keeper.drop(batch)
        _hand_back([*batch.take_waiting(), *batch.take_returned()])

    try:
        if worker_type == "async":
            running = run_concurrently(batch, unordered, recorder, end)
            goes_on = run_on_loop(running, stalled=lambda: _has_stalled(batch))
        else:
            run_in_turn(batch, unordered, recorder, SyncRuntime)
    finally:
        if not goes_on:
            end()


def _claim(operation: Claim | Take, worker_type: str, recorder: Recorder) -> Recorded:
    """Claim, and publish what had to be given back."""
    if (tracer := probes.tracer) is None:
        result = recorder.submit(operation)
    else:
        began = time.time_ns()
        result = recorder.submit(operation)
        tracer.claimed(worker_type, result.claimed, began)
    if (sink := probes.sink) is not None:
        sink(("claim", worker_type, len(operation.ids), len(result.claimed)))
    if result.ready:
        publishing.publish_or_leave(result.ready)
    return result


def _has_stalled(batch: Batch) -> bool:
    # Everything an event waits for has a limit of its own; this is for what nobody thought of.
    limit = max(app_settings.HANDLER_TIMEOUT, batch.limit)
    most = MOST_SECONDS_PER_TASK + 2 * limit + app_settings.LEASE_SECONDS
    batch.ending = time.monotonic() - batch.moved_at > most
    return batch.ending


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
    project_views.look_once()
    _say_if_for_nobody(worker_type)


@lru_cache(maxsize=2)
def _say_if_for_nobody(worker_type: str) -> None:
    """Warn, once per process: a worker sees events come that the project has written its handlers elsewhere for."""
    if routing.is_for_nobody(worker_type):
        logger.warning(
            "deliveries go to a worker type that no handler of the project is for",
            extra={"worker_type": worker_type},
        )


def _postpone(claim: Claim | Take, error: HandlerLoadError, recorder: Recorder) -> None:
    """Note in each event's ledger why it waits, and try again later, for as long as it takes."""
    for claimed in recorder.submit(claim).claimed:
        earlier = claimed.runs.get((IMPORT, 0))
        attempts = min(earlier.attempts + 1 if earlier else 1, 1000)
        retry_in = min(app_settings.RETRY_BACKOFF * 2 ** min(attempts - 1, 10), 300.0)
        run = RunOutcome(
            claimed.id, RunKind.EVENT, IMPORT, 0, RunStatus.RETRYING, attempts, now_utc(), 0.0, retry_in,
            describe(error), format_traceback(error),
        )  # fmt: skip
        recorder.submit(
            Record([run], EventOutcome(claimed.id, claimed.attempt, EventStatus.RETRYING, retry_in))
        )


# What one process has one of


def _hand_back(claimed: Sequence[Claimed], done: int = 0) -> None:
    """Give claimed events back, in messages of about as many as were done in the time of this batch."""
    if not claimed:
        return
    logger.info("handing events back", extra={"events": len(claimed)})
    released = set(_recorder().submit(Release([(c.id, c.attempt) for c in claimed])).released)
    publishing.publish_or_leave(((c.worker_type, c.id) for c in claimed if c.id in released), max(1, done))


class _Process:
    def __init__(self) -> None:
        self.recorder = Recorder()
        self.pace = Pace()
        self.idleness = Idleness()
        self.keeper = LeaseKeeper(
            renew=_renew,
            hand_back=_hand_back,
            watch=lambda event_ids: self.recorder.put(Watch(event_ids)),
            lease=lambda: app_settings.LEASE_SECONDS,
            slow_after=lambda: app_settings.SLOW_AFTER,
            look=handover.interrupt_long,
        )
        self.recorder.on_stops = self.keeper.stop
        self.watch = LoopWatch(
            notice_after=lambda: max(1.0, app_settings.SLOW_AFTER),
            give_up_after=lambda: app_settings.HANDLER_TIMEOUT,
            give_up=_give_up,
        )


_process = PerProcess(_Process)


def _recorder() -> Recorder:
    return _process.get().recorder


def _renew(claims: Sequence[tuple[int, int]]) -> None:
    process, asked_at, lease = _process.get(), time.monotonic(), app_settings.LEASE_SECONDS
    batches = process.keeper.batches()

    def confirmed() -> None:
        for batch in batches:
            batch.renewed(asked_at, lease)

    process.recorder.put(Renew(claims, confirmed))


def _give_up(loop: asyncio.AbstractEventLoop, where: str) -> None:
    """Record the callback that blocks the loop for longer than a callback may run, hand the rest back, and end."""
    if not in_worker():
        abandon_loop()  # the next event gets a loop that works
        return
    process = _process.get()
    batches = process.keeper.batches()
    task = asyncio.current_task(loop)
    held = []
    try:
        for batch in batches:
            batch.ending = True
            runtime = batch.by_task.get(task)
            outcome = blocked(runtime, where) if runtime is not None else None
            if runtime is not None and outcome is not None:
                batch.done(runtime.claimed)
                process.recorder.put(Record(outcome.runs, outcome)).result(SECONDS_TO_END)
            held += batch.take_everything()
        released = process.recorder.put(Release([(c.id, c.attempt) for c in held])).result(SECONDS_TO_END)
        ours = set(released.released)
        publishing.publish_or_leave(((c.worker_type, c.id) for c in held if c.id in ours), 1)
    except Exception as error:  # it ends all the same; leases expire
        logger.error("events were not handed back", exc_info=error, extra={"events": len(held)})
    end_worker("a callback blocks its event loop")


def end_long() -> None:
    """Before this process ends: let long callbacks go on until the grace is over, then hand their events back."""
    process = _process.peek()
    if process is not None:
        handover.wait(process.keeper.batches)


def close() -> None:
    """Record what is waiting and stop this process's ledger thread; the next task starts another."""
    process = _process.peek()
    if process is not None:
        process.recorder.close()
        process.pace = Pace()


__all__ = ["close", "end_long", "process", "process_alone"]
