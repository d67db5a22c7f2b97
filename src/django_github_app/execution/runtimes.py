"""What surrounds a callback while it runs: its clients, its time limit, and the right thread or loop for it.

The two worker types differ here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from asgiref.sync import async_to_sync

from django_github_app.broker.shutdown import ends_the_process
from django_github_app.conf import app_settings
from django_github_app.context import AsyncEventContext, Context, SyncEventContext
from django_github_app.context.base import Speaker
from django_github_app.errors import (
    CallbackExited,
    CallbackUnstoppable,
    HandlerTimeout,
    RunCancelled,
)
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.maintenance import sweep
from django_github_app.process.loop import abandon_loop, is_stopping, run_on_loop
from django_github_app.routing.binding import bind, is_async
from django_github_app.sql.outcomes import CANCELLATION

from . import threads
from .alarm import with_alarm
from .connections import (
    heal,
    looks_odd_beside,
    make_fit,
    refuse_open_transaction,
    watch_beside,
    watch_thread,
    with_connections,
)
from .limits import LEAST_GRACE, absorb_cancellation, caught, in_thread, outcome_of, time_limit, waited_for
from .operations import Operation
from .project_views import clients as project_clients
from .recorder import Recorded, Recorder, Renew
from .stopping import Stoppable, interrupt_main, interrupt_thread, on_loop
from .watchdog import log_blocked_loop

if TYPE_CHECKING:
    from django_github_app.sql.claims import Claimed
    from django_github_app.sql.outcomes import RunEnd

    from .leases import Batch

T = TypeVar("T")

logger = logging.getLogger(__name__)


class EventRuntime(Protocol):
    """A `calls.Runtime` as processing sees it."""

    claimed: Claimed
    event_id: int
    delivery: str | None
    attempt: int
    calling: Any
    batch: Batch | None
    recorder: Recorder | None
    stoppable: Stoppable
    place: RunEnd | None
    leaves_lane: bool
    left_lane: bool
    interrupts: bool

    @property
    def gh(self) -> AsyncGitHubAPI | SyncGitHubAPI: ...
    @property
    def api(self) -> AsyncGitHubAPI: ...
    @property
    def whereabouts(self) -> dict[str, Any]: ...
    def context_for(self, callback: Callable[..., Any], event: Any) -> Context: ...
    async def wait(self, awaitable: Awaitable[T]) -> T: ...
    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any: ...
    def is_ending(self) -> bool: ...
    async def is_ours(self, recorder: Recorder) -> bool: ...
    async def ask(self, operation: Operation) -> Recorded: ...
    async def publish(self, refs: Sequence[tuple[str, int]]) -> None: ...


class _Runtime:
    def __init__(self, claimed: Claimed, batch: Batch | None = None) -> None:
        self.claimed = claimed
        self.batch = batch
        self.calling: Any = None
        self.event_id = claimed.id
        self.delivery = claimed.delivery
        self.attempt = 1
        self._api: AsyncGitHubAPI | None = None
        self._sync_api: SyncGitHubAPI | None = None
        self._own: dict[str, Any] = {}
        self.recorder: Recorder | None = None
        self.stoppable = Stoppable()
        if claimed.runs and (CANCELLATION, 0) in claimed.runs:
            self.stoppable.cancelled = RunCancelled()
        self.place: RunEnd | None = None
        """That the run which is being called has under a key."""
        self.leaves_lane = False
        """Whether all that is still to be called has a key: the event does not need its lane any more."""
        self.left_lane = False
        self.interrupts = False
        """Whether a synchronous callback is interrupted when it is to stop."""
        self._may_be_stopped = False
        """Whether what is invoked is a callback, and not something of ours."""

    @property
    def api(self) -> AsyncGitHubAPI:
        if self._api is None:
            self._api = AsyncGitHubAPI(installation_id=self.claimed.installation_id)
        return self._api

    @property
    def sync_api(self) -> SyncGitHubAPI:
        if self._sync_api is None:
            self._sync_api = SyncGitHubAPI(installation_id=self.claimed.installation_id)
        return self._sync_api

    def gh_for(self, callback: Callable[..., Any]) -> AsyncGitHubAPI | SyncGitHubAPI:
        """Return the client that a callback is written for, whatever the worker type."""
        kind = "async" if is_async(callback) else "sync"
        if project_clients.by_kind:
            made = self._own.get(kind) or project_clients.make(kind, self.claimed.installation_id)
            if made is not None:
                self._own[kind] = made
                return cast("AsyncGitHubAPI | SyncGitHubAPI", made)
        return self.api if kind == "async" else self.sync_api

    def context_for(self, callback: Callable[..., Any], event: Any) -> Context:
        """Return the context of a callback for an event: the one that it is written for, whatever the worker type."""
        kind = AsyncEventContext if is_async(callback) else SyncEventContext
        return kind(Speaker(self.api, event), **self.whereabouts)

    @property
    def whereabouts(self) -> dict[str, Any]:
        """What every context says of the event's row."""
        return {
            "event_id": self.event_id,
            "delivery": self.delivery,
            "installation": self.claimed.installation_id,
        }

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        """Call a callback, which may be told to stop. Raises `RunStopped` for one that was."""
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs, self.context_for)
        self._may_be_stopped = True
        try:
            result = await self.invoke(callback, *args, **keywords)
        except BaseException as error:
            if (stopped := self.stoppable.stopped) is None or self._ends_it(error):
                raise
            await self._go_on()
            raise stopped from error
        finally:
            self._may_be_stopped = False
            self.stoppable.out_of_reach()
        if self.stoppable.stopped is not None:
            await self._go_on()
            raise self.stoppable.stopped
        return result

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def _ends_it(self, error: BaseException) -> bool:
        return ends_the_process(error)

    async def _go_on(self) -> None:
        """Go on after a callback that was cancelled."""

    def _told(self, reach: Callable[[], Any]) -> None:
        self.stoppable.reach_by(reach, asynchronous=True)

    def _interrupted(self, reach: Callable[[], Any]) -> None:
        self.stoppable.reach_by(reach, asynchronous=False)

    def is_ending(self) -> bool:
        """Return whether what cancels the callback is the end of its batch or of the loop."""
        return False

    async def is_ours(self, recorder: Recorder) -> bool:
        """Return whether the event is still claimed by us: asked when our lease may have run out unnoticed."""
        claims = [(self.claimed.id, self.claimed.attempt)]
        return (await self._ask(recorder, Renew(claims))).renewed > 0

    async def _ask(self, recorder: Recorder, operation: Operation) -> Recorded:
        return recorder.submit(operation)

    async def ask(self, operation: Operation) -> Recorded:
        """Return what the recorder makes of an operation."""
        assert self.recorder is not None  # noqa: S101 - whoever runs an event has one
        return await self._ask(self.recorder, operation)

    async def publish(self, refs: Sequence[tuple[str, int]]) -> None:
        """Publish events, or leave them to the sweep."""
        if refs:
            sweep.publish_or_leave(refs)


class SyncRuntime(_Runtime):
    """Synchronous callbacks in the task's own thread, asynchronous ones on the process's loop.

    Its coroutines never suspend: see `event_runs.drive`.
    """

    @property
    def gh(self) -> SyncGitHubAPI:
        return self.sync_api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return run_on_loop(waited_for(awaitable), app_settings.HANDLER_TIMEOUT)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            result = self._invoke(callback, args, kwargs)
        except BaseException as error:
            self._make_fit(failed=True)
            if isinstance(error, Exception) or ends_the_process(error):
                raise
            raise CallbackExited from error
        if given_up := self._make_fit():
            refuse_open_transaction(given_up)
        return result

    def _invoke(self, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        limit = app_settings.HANDLER_TIMEOUT
        watch_thread()
        if is_async(callback):
            return self._on_loop(callback(*args, **kwargs), limit)
        reached = self._interrupted if self._may_be_stopped and self.interrupts else None
        if threading.current_thread() is threading.main_thread():
            if reached is not None:
                reached(interrupt_main)
            result = with_alarm(limit, callback, args, kwargs)
        else:
            result = in_thread(callback, args, kwargs, limit, reached)
        if isinstance(result, Awaitable):  # a plain function that returns a coroutine, such as a partial
            return self._on_loop(result, limit)
        return result

    def _on_loop(self, awaitable: Awaitable[Any], limit: float) -> Any:
        try:
            reached = self._told if self._may_be_stopped else None
            value, error = run_on_loop(outcome_of(awaitable, limit, reached), limit + LEAST_GRACE)
        except TimeoutError:
            # Its time limit did not come through to it: it blocks the loop, or takes no notice of being cancelled.
            log_blocked_loop()
            abandon_loop()
            raise CallbackUnstoppable from None
        if error is None and not looks_odd_beside():
            return value
        given_up: list[str] = []
        with suppress(TimeoutError):
            given_up = run_on_loop(heal(failed=error is not None), LEAST_GRACE)
        if error is not None:
            raise error
        if given_up:
            refuse_open_transaction(given_up)
        return value

    def _make_fit(self, *, failed: bool = False) -> list[str]:
        return make_fit(failed=failed)


class TransactionRuntime(SyncRuntime):
    """A `SyncRuntime` for tests that run inside a transaction.

    What an asynchronous callback does with the database happens on the caller's connection.
    """

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return async_to_sync(waited_for)(awaitable)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not is_async(callback):
            return await super().invoke(callback, *args, **kwargs)

        async def limited() -> Any:
            async with time_limit():
                return await callback(*args, **kwargs)

        value, error = async_to_sync(caught)(limited())
        if error is None:
            return value
        raise error if isinstance(error, Exception) else CallbackExited from error

    def _make_fit(self, *, failed: bool = False) -> list[str]:
        return []  # the transaction is the test's


class AsyncRuntime(_Runtime):
    """Asynchronous callbacks on the loop this runs on, synchronous ones in a thread."""

    @property
    def gh(self) -> AsyncGitHubAPI:
        return self.api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return await awaitable

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.batch is not None:
            self.batch.moved_at = time.monotonic()
        try:
            if not is_async(callback):
                return await self._in_thread(callback, args, kwargs)
            # As `_within_limit`, written out: a coroutine more for each callback would cost as much as a small one.
            limit = asyncio.timeout(app_settings.HANDLER_TIMEOUT)
            try:
                async with limit:
                    if self._may_be_stopped and (task := asyncio.current_task()) is not None:
                        self._told(on_loop(asyncio.get_running_loop(), task, limit))
                    await watch_beside()
                    result = await callback(*args, **kwargs)
            except TimeoutError as error:
                if limit.expired():
                    raise HandlerTimeout from error
                raise
        except Exception:
            if is_async(callback):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LEAST_GRACE):
                        await heal(failed=True)
            raise
        except BaseException as error:
            if self.is_ending():
                raise
            await absorb_cancellation()
            raise CallbackExited from error
        task = asyncio.current_task()
        if task is not None and task.cancelling() and not self.is_ending():
            await absorb_cancellation()  # the callback's own doing, and not the end of anything
        if looks_odd_beside() and await heal(failed=False):
            # Other callbacks use that thread too; which one left it open is not known.
            logger.error("a callback left a transaction open, it was rolled back", extra=self._log_fields())
        return result

    def _log_fields(self) -> dict[str, Any]:
        return {"event_id": self.event_id, "delivery": self.delivery}

    async def _within_limit(self, awaitable: Awaitable[T]) -> T:
        async with time_limit():
            return await awaitable

    async def _in_thread(self, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        permit = await threads.Permit.get()
        limit = app_settings.HANDLER_TIMEOUT
        context = copy_context()
        running = threads.start(
            lambda: context.run(with_connections, callback, args, kwargs), permit.thread_ended
        )
        if self._may_be_stopped and self.interrupts:
            self._interrupted(interrupt_thread(running))
        try:
            # The clock starts now: so does the thread.
            if not await permit.wait(limit):
                running.interrupt()
                if not await permit.wait(max(LEAST_GRACE, limit)):
                    permit.release()  # another thread takes the place of the one that is stuck
                    raise CallbackUnstoppable
        except asyncio.CancelledError:
            running.interrupt()
            raise
        result = running.result()
        return await self._within_limit(result) if isinstance(result, Awaitable) else result

    def _ends_it(self, error: BaseException) -> bool:
        return not isinstance(error, Exception) and self.is_ending()

    async def _go_on(self) -> None:
        await absorb_cancellation()

    async def _ask(self, recorder: Recorder, operation: Operation) -> Recorded:
        return await recorder.asubmit(operation)

    async def publish(self, refs: Sequence[tuple[str, int]]) -> None:
        if refs:
            await asyncio.to_thread(sweep.publish_or_leave, refs)

    def is_ending(self) -> bool:
        return (self.batch is not None and self.batch.ending) or is_stopping(asyncio.get_running_loop())
