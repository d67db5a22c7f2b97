"""Runs the events of a batch, in turn or all at once, and hands what each came to to the recorder."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django_github_app import probes
from django_github_app.errors import RunInterrupted
from django_github_app.maintenance import deaths, publishing
from django_github_app.observe.redaction import describe
from django_github_app.process.group_commit import Pending
from django_github_app.process.loop import drive, is_stopping
from django_github_app.sql.claims import Claimed, EventOutcome

from .event import attempt
from .failures import log_fields
from .leases import Batch
from .limited import absorb_cancellation
from .recorder import PATIENCE, Record, Recorded, Recorder
from .runtimes import AsyncRuntime, EventRuntime, SyncRuntime

__all__ = ["MOST_SECONDS_PER_TASK", "has_left", "run_concurrently", "run_in_turn", "until_left_are_done"]

logger = logging.getLogger(__name__)

# A task takes no further event after this long: a worker that is told to stop should not have to wait for more.
MOST_SECONDS_PER_TASK = 60.0
STARTED_AT_ONCE = 10
"""Events that begin before whatever else the loop has to do has its turn: what is urgent would wait for all."""
SECONDS_TO_LEAVE = 1.0
"""Seconds after which a batch of which only long callbacks are left leaves its thread."""
MOST_LEFT = 500
"""Such batches of one process; those beyond keep their threads, and the worker takes no more messages in the end."""
_left: set[asyncio.Task[None] | None] = set()


def has_left() -> bool:
    """Return whether batches of this process have left their threads and go on."""
    return bool(_left)


async def until_left_are_done() -> None:
    """Wait for the batches of this process that have left their threads."""
    while tasks := {task for task in _left if task is not None}:
        await asyncio.wait(tasks)


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
            runtime = batch.runtime = runtime_class(claimed, batch)
            began = time.monotonic()
            outcome = _run_one(batch, claimed, runtime, recorder)
            is_quick = time.monotonic() - began < PATIENCE
            if outcome is None:  # it is handed back; on shutdown the rest is, too
                if runtime.interruption is not None:
                    return
                continue
            # While there is another event to run, nobody waits for this one to be recorded. One that took longer
            # than it could be held back for is recorded at once all the same: that brings what goes before the rest.
            patient = is_quick and batch.has_waiting()
            recorded = recorder.put(_finish(runtime, outcome, unordered), patient=patient)
            recording.append((claimed, outcome, runtime, recorded))
    finally:
        # After an interruption: what was claimed for us with an outcome is handed back with the rest.
        while recording:
            _follow_lane(batch, *recording.popleft(), ending=True)


def _run_one(batch: Batch, claimed: Claimed, runtime: SyncRuntime, recorder: Recorder) -> EventOutcome | None:
    batch.by_task[None] = runtime
    try:
        return drive(attempt(claimed, runtime, recorder))
    except RunInterrupted:
        batch.give_back(claimed)
        return None
    except BaseException:  # this worker ends
        batch.add(claimed)  # to be handed back
        raise
    finally:
        batch.by_task.pop(None, None)
        batch.done(claimed)
        batch.runtime = None


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
        publishing.publish_or_leave(result.ready)
    if not ending:
        drive(_tell_deaths(outcome, runtime))


async def run_concurrently(
    batch: Batch, unordered: Sequence[str], recorder: Recorder, on_end: Callable[[], object] | None = None
) -> bool:
    """Run a batch on the loop, all events at once; what follows in a lane starts when its turn comes.

    Returns False when it is done. True when what is left of it may take long: that goes on by itself, so that the
    thread that waits for the batch can take other messages, and ``on_end`` is called, in a thread, when it is done.
    """
    return await _AllAtOnce(batch, unordered, recorder).run(on_end)


class _AllAtOnce:
    """A batch on the loop: a task for each event."""

    def __init__(self, batch: Batch, unordered: Sequence[str], recorder: Recorder) -> None:
        self._batch = batch
        self._unordered = unordered
        self._recorder = recorder
        self._deadline = time.monotonic() + MOST_SECONDS_PER_TASK
        self._tasks: set[asyncio.Task[None]] = set()
        self._left_to_start = 0
        self._all_done = asyncio.Event()

    async def run(self, on_end: Callable[[], object] | None) -> bool:
        self._start(self._batch.count_waiting())
        may_leave = self._batch.limit > MOST_SECONDS_PER_TASK and len(_left) < MOST_LEFT
        try:
            left = await self._until_done(may_leave=may_leave)
        except asyncio.CancelledError:
            self._end()
            raise
        if left:
            _left.add(asyncio.create_task(self._go_on(on_end)))
        return left

    async def _go_on(self, on_end: Callable[[], object] | None) -> None:
        try:
            await self._until_done(may_leave=False)
        except asyncio.CancelledError:
            self._end()
            raise
        finally:
            _left.discard(asyncio.current_task())
            if on_end is not None:
                await asyncio.to_thread(on_end)

    def _end(self) -> None:
        self._batch.ending = True
        self._left_to_start = 0
        for task in self._tasks:
            task.cancel()

    def _start(self, count: int) -> None:
        had_some, self._left_to_start = bool(self._left_to_start), self._left_to_start + count
        if count and not had_some:
            _starter_of_running_loop().start(self)

    def start_some(self) -> bool:
        """Start a few events; return whether there are more."""
        count = min(self._left_to_start, STARTED_AT_ONCE)
        self._left_to_start -= count
        for _ in range(count):
            self._add(self._run_one())
        return self._left_to_start > 0

    def _add(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("event left to its lease", exc_info=error)
        if not self._is_under_way():
            self._all_done.set()

    def _is_under_way(self) -> bool:
        return bool(self._tasks or self._left_to_start)

    async def _run_one(self) -> None:
        batch = self._batch
        # Not before the task's first step: until then the keeper may hand the event back.
        claimed = batch.start()
        if claimed is None:
            return
        task = asyncio.current_task()
        runtime = batch.by_task[task] = AsyncRuntime(claimed, batch)
        runtime.task = task
        outcome = None
        try:
            outcome = await attempt(claimed, runtime, self._recorder)
        except RunInterrupted:
            pass
        except asyncio.CancelledError:
            if runtime.interruption is None or self._is_ending():
                raise
            await absorb_cancellation()
        finally:
            del batch.by_task[task]
            batch.done(claimed)
        if outcome is None:
            if not runtime.keeps_running:
                batch.give_back(claimed)
            return
        await self._record(claimed, outcome, runtime)

    async def _record(self, claimed: Claimed, outcome: EventOutcome, runtime: AsyncRuntime) -> None:
        try:
            result = await self._recorder.asubmit(_finish(runtime, outcome, self._unordered))
        except Exception as error:  # noqa: BLE001 - the lease expires and the sweep takes it back
            _log_unrecorded(claimed, error)
            return
        except asyncio.CancelledError:
            if self._is_ending():
                raise
            await absorb_cancellation()  # it is recorded nevertheless
            return
        if result.ready:
            await asyncio.to_thread(publishing.publish_or_leave, result.ready)
        _take_followers(self._batch, result)
        if (result.claimed or result.first) and time.monotonic() < self._deadline:
            self._start(len(result.claimed))
            for _ in result.first:  # these wait for nobody
                self._add(self._run_one())
        await _tell_deaths(outcome, runtime)

    def _is_ending(self) -> bool:
        return self._batch.ending or is_stopping(asyncio.get_running_loop())

    def _are_long(self) -> bool:
        running = [self._batch.by_task.get(task) for task in self._tasks]
        are_long = all(one is not None and one.timeout > MOST_SECONDS_PER_TASK for one in running)
        return are_long and bool(running) and not self._left_to_start

    async def _until_done(self, *, may_leave: bool) -> bool:
        """Wait until all is done; return True when ``may_leave`` and only long callbacks are left."""
        while self._is_under_way():
            self._all_done.clear()
            try:
                async with asyncio.timeout(SECONDS_TO_LEAVE if may_leave else None):
                    await self._all_done.wait()
            except TimeoutError:
                if self._batch.seconds() > SECONDS_TO_LEAVE / 2 and self._are_long():
                    return True
            except asyncio.CancelledError:
                if self._is_ending():
                    raise
                logger.error(
                    "a callback cancelled its worker's tasks; they go on", extra={"events": len(self._tasks)}
                )
                await absorb_cancellation()
        return False


class _Starter:
    """Starts what the batches of a loop have to run, a few events of one batch after the other."""

    def __init__(self) -> None:
        self._batches: deque[_AllAtOnce] = deque()
        self._task: asyncio.Task[None] | None = None

    def start(self, batch: _AllAtOnce) -> None:
        if not self._batches and not batch.start_some():
            return
        self._batches.append(batch)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        while self._batches:
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                if is_stopping(asyncio.get_running_loop()):
                    raise
                await absorb_cancellation()
            batch = self._batches.popleft()
            if batch.start_some():
                self._batches.append(batch)


_starters: WeakKeyDictionary[asyncio.AbstractEventLoop, _Starter] = WeakKeyDictionary()


def _starter_of_running_loop() -> _Starter:
    return _starters.setdefault(asyncio.get_running_loop(), _Starter())


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
