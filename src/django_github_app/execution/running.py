"""Runs the events of a batch, in turn or all at once, and hands what each came to to the recorder."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from django_github_app import probes
from django_github_app.maintenance import deaths, sweep
from django_github_app.observe.redaction import describe
from django_github_app.process.group_commit import Pending
from django_github_app.process.loop import is_stopping
from django_github_app.sql.claims import Claimed, EventOutcome

from .event import attempt, drive
from .leases import Batch
from .limits import absorb_cancellation
from .logs import log_fields
from .recorder import Record, Recorded, Recorder
from .runtimes import AsyncRuntime, EventRuntime, SyncRuntime

__all__ = ["MOST_SECONDS_PER_TASK", "run_concurrently", "run_in_turn"]

logger = logging.getLogger(__name__)

# A task takes no further event after this long: a worker that is told to stop should not have to wait for more.
MOST_SECONDS_PER_TASK = 60.0


def run_in_turn(
    batch: Batch, unordered: Sequence[str], recorder: Recorder, runtime_class: type[SyncRuntime]
) -> None:
    """Run a batch on this thread, one event after the other, while outcomes are recorded beside it."""
    deadline = time.monotonic() + MOST_SECONDS_PER_TASK
    recording: deque[tuple[Claimed, EventOutcome, SyncRuntime, Pending[Recorded]]] = deque()
    try:
        while True:
            while recording and recording[0][-1].done():
                _follow_lane(batch, *recording.popleft())
            claimed = batch.start() if time.monotonic() < deadline else None
            if claimed is None:
                if not recording:
                    return
                _follow_lane(batch, *recording.popleft())
                continue
            runtime = runtime_class(claimed, batch)
            outcome = _run_one(batch, claimed, runtime, recorder)
            # While there is another event to run, nobody waits for this one to be recorded.
            recorded = recorder.put(_finish(runtime, outcome, unordered), patient=batch.has_waiting())
            recording.append((claimed, outcome, runtime, recorded))
    finally:
        # After an interruption: what was claimed for us with an outcome is handed back with the rest.
        while recording:
            _follow_lane(batch, *recording.popleft(), ending=True)


def _run_one(batch: Batch, claimed: Claimed, runtime: SyncRuntime, recorder: Recorder) -> EventOutcome:
    batch.by_task[None] = runtime
    try:
        return drive(attempt(claimed, runtime, recorder))
    except BaseException:  # this worker ends
        batch.add(claimed)  # to be handed back
        raise
    finally:
        batch.by_task.pop(None, None)
        batch.done(claimed)


def _follow_lane(
    batch: Batch,
    claimed: Claimed,
    outcome: EventOutcome,
    runtime: SyncRuntime,
    recorded: Pending[Recorded],
    *,
    ending: bool = False,
) -> None:
    result = _recorded(claimed, recorded.result)
    if result is None:
        return
    _take_followers(batch, result)
    if result.ready:
        sweep.publish_or_leave(result.ready)
    if not ending:
        drive(_tell_deaths(outcome, runtime))


async def run_concurrently(batch: Batch, unordered: Sequence[str], recorder: Recorder) -> None:
    """Run a batch on the loop, all events at once; what follows in a lane starts when its turn comes."""
    deadline = time.monotonic() + MOST_SECONDS_PER_TASK

    async def run() -> None:
        # Not before the task's first step: until then the keeper may hand the event back.
        claimed = batch.start()
        if claimed is None:
            return
        task = asyncio.current_task()
        runtime = batch.by_task[task] = AsyncRuntime(claimed, batch)
        try:
            outcome = await attempt(claimed, runtime, recorder)
        finally:
            del batch.by_task[task]
            batch.done(claimed)
        try:
            result = await recorder.asubmit(_finish(runtime, outcome, unordered))
        except Exception as error:  # noqa: BLE001 - the lease expires and the sweep takes it back
            _log_unrecorded(claimed, error)
            return
        except asyncio.CancelledError:
            if is_ending():
                raise
            await absorb_cancellation()  # it is recorded nevertheless
            return
        if result.ready:
            await asyncio.to_thread(sweep.publish_or_leave, result.ready)
        _take_followers(batch, result)
        if (result.claimed or result.first) and time.monotonic() < deadline:
            start(len(result.claimed) + len(result.first))
        await _tell_deaths(outcome, runtime)

    def start(count: int) -> None:
        tasks.update(asyncio.create_task(run()) for _ in range(count))

    def is_ending() -> bool:
        return batch.ending or is_stopping(asyncio.get_running_loop())

    tasks: set[asyncio.Task[None]] = set()
    start(batch.count_waiting())
    try:
        while tasks:
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                if is_ending():
                    raise
                logger.error(
                    "a callback cancelled its worker's tasks; they go on", extra={"events": len(tasks)}
                )
                await absorb_cancellation()
                continue
            tasks -= done
            for task in done:
                if not task.cancelled() and (error := task.exception()) is not None:
                    logger.error("event left to its lease", exc_info=error)
    except asyncio.CancelledError:
        batch.ending = True
        for task in tasks:
            task.cancel()
        raise


def _take_followers(batch: Batch, result: Recorded) -> None:
    for following in result.claimed:
        batch.add(following)
    for one in reversed(result.first):
        batch.add(one, first=True)
    if result.claimed and (sink := probes.sink) is not None:
        sink(("lane", len(result.claimed)))


async def _tell_deaths(outcome: EventOutcome, runtime: EventRuntime) -> None:
    """Send the signals of what died, within the time limit of callbacks; what is left is for the sweep."""
    if not outcome.deaths:
        return
    try:
        await runtime.invoke(deaths.tell_deaths)
    except Exception as error:  # noqa: BLE001 - the event itself is over
        logger.warning(
            "signals are left to the sweep",
            extra={**log_fields(runtime.claimed), "error": describe(error)},
        )


def _finish(runtime: EventRuntime, outcome: EventOutcome, unordered: Sequence[str]) -> Record:
    claimed = runtime.claimed
    lane = None if runtime.left_lane else claimed.lane
    return Record(outcome.runs, outcome, lane, claimed.worker_type, unordered)


def _recorded(claimed: Claimed, wait: Any) -> Recorded | None:
    try:
        result: Recorded = wait()
    except Exception as error:  # noqa: BLE001 - the lease expires and the sweep takes it back
        _log_unrecorded(claimed, error)
        return None
    return result


def _log_unrecorded(claimed: Claimed, error: Exception) -> None:
    logger.error("outcome not recorded, the event will run again", exc_info=error, extra=log_fields(claimed))
