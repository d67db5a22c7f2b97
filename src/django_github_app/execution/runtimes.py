"""What surrounds a callback while it runs: its clients, its time limit, and the right thread or loop for it.

The two worker types differ here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from asgiref.sync import async_to_sync

from django_github_app.broker.shutdown import ends_the_process
from django_github_app.conf import app_settings
from django_github_app.context import AsyncEventContext, Context, SyncEventContext
from django_github_app.context.base import Speaker
from django_github_app.errors import CallbackExited, CallbackUnstoppable, HandlerTimeout, RunInterrupted
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.process.loop import abandon_loop, is_stopping, run_on_loop
from django_github_app.routing.binding import bind, is_async

from . import alarm, threads
from .connections import (
    heal,
    looks_odd_beside,
    make_fit,
    refuse_open_transaction,
    watch_beside,
    watch_thread,
    with_connections,
)
from .limited import absorb_cancellation, awaited, caught, outcome_of, time_limit
from .project_views import clients as project_clients
from .recorder import Recorded, Recorder, Renew
from .run import CurrentRun
from .watchdog import log_blocked_loop

if TYPE_CHECKING:
    from django_github_app.routing.limits import Limits
    from django_github_app.sql.claims import Claimed

    from .leases import Batch

T = TypeVar("T")

logger = logging.getLogger(__name__)

# Seconds to stop for a callback that was told to, or as many as it had to run, up to HANDLER_TIMEOUT.
LEAST_GRACE = 10.0
LEAST_TURN = 0.1  # seconds in which a coroutine that was cancelled gets to its ``finally``


class EventRuntime(Protocol):
    """A `calls.Runtime` as processing sees it."""

    claimed: Claimed
    event_id: int
    delivery: str | None
    attempt: int
    calling: Any
    batch: Batch | None
    limits: Limits | None
    recorder: Recorder | None
    is_long: bool
    interruption: RunInterrupted | None

    @property
    def gh(self) -> AsyncGitHubAPI | SyncGitHubAPI: ...
    @property
    def api(self) -> AsyncGitHubAPI: ...
    @property
    def whereabouts(self) -> dict[str, Any]: ...
    @property
    def timeout(self) -> float: ...
    def context_for(self, callback: Callable[..., Any], event: Any) -> Context: ...
    async def wait(self, awaitable: Awaitable[T]) -> T: ...
    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any: ...
    def is_ending(self) -> bool: ...
    def interrupt(self, why: RunInterrupted) -> None: ...
    def may_be_long(self) -> bool: ...
    async def is_ours(self, recorder: Recorder) -> bool: ...


class _Runtime:
    def __init__(self, claimed: Claimed, batch: Batch | None = None) -> None:
        self.claimed = claimed
        self.batch = batch
        self.calling: Any = None
        self.event_id = claimed.id
        self.delivery = claimed.delivery
        self.attempt = 1
        self.limits: Limits | None = None
        """Of the callback that runs, where it has its own."""
        self.recorder: Recorder | None = None
        self.is_long = False
        """Whether the callback that runs has made a checkpoint."""
        self.interruption: RunInterrupted | None = None
        """What ends the callback that runs: raised at its next checkpoint, and in it."""
        self._api: AsyncGitHubAPI | None = None
        self._sync_api: SyncGitHubAPI | None = None
        self._own: dict[str, Any] = {}

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
        """What every context says of the event's row, and the run that it belongs to."""
        run = None
        if self.calling is not None:
            call, attempt, started_at, _ = self.calling
            run = CurrentRun(cast("EventRuntime", self), call, attempt, started_at)
        return {
            "event_id": self.event_id,
            "delivery": self.delivery,
            "installation": self.claimed.installation_id,
            "run": run,
        }

    @property
    def timeout(self) -> float:
        """Seconds for which the callback may run."""
        limits = self.limits
        return (limits.timeout if limits is not None else None) or app_settings.HANDLER_TIMEOUT

    def may_be_long(self) -> bool:
        """Return whether the callback that runs has a time limit of its own, or made a checkpoint."""
        return self.is_long or (self.limits is not None and self.limits.timeout is not None)

    def is_ending(self) -> bool:
        """Return whether what cancels the callback is the end of its batch, of the loop or of its run."""
        return self.interruption is not None

    async def is_ours(self, recorder: Recorder) -> bool:
        """Return whether the event is still claimed by us: asked when our lease may have run out unnoticed."""
        claims = [(self.claimed.id, self.claimed.attempt)]
        return (await self._ask(recorder, Renew(claims))).renewed > 0

    async def _ask(self, recorder: Recorder, operation: Renew) -> Recorded:
        return recorder.submit(operation)


class SyncRuntime(_Runtime):
    """Synchronous callbacks in the task's own thread, asynchronous ones on the process's loop.

    Its coroutines never suspend: see `process.loop.drive`.
    """

    _running: threads.Running | None = None
    _in_main_thread = False

    @property
    def gh(self) -> SyncGitHubAPI:
        return self.sync_api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return run_on_loop(awaited(awaitable), app_settings.HANDLER_TIMEOUT)

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs, self.context_for)
        return await self.invoke(callback, *args, **keywords)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            result = self._invoke(callback, args, kwargs)
        except BaseException as error:
            self._make_fit(failed=True)
            if isinstance(error, Exception | RunInterrupted) or ends_the_process(error):
                raise
            raise CallbackExited from error
        if given_up := self._make_fit():
            refuse_open_transaction(given_up)
        return result

    def interrupt(self, why: RunInterrupted) -> None:
        """End the callback that runs, from another thread."""
        self.interruption = why
        if self._running is not None:
            self._running.interrupt(type(why))
        elif self._in_main_thread:
            alarm.interrupt(why)

    def _invoke(self, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        limit = self.timeout
        watch_thread()
        if is_async(callback):
            return self._on_loop(callback(*args, **kwargs), limit)
        if threading.current_thread() is threading.main_thread():
            self._in_main_thread = True
            try:
                result = alarm.with_alarm(limit, callback, args, kwargs)
            finally:
                self._in_main_thread = False
        else:
            result = self._in_thread(callback, args, kwargs, limit)
        if isinstance(result, Awaitable):  # a plain function that returns a coroutine, such as a partial
            return self._on_loop(result, limit)
        return result

    def _on_loop(self, awaitable: Awaitable[Any], limit: float) -> Any:
        try:
            value, error = run_on_loop(
                outcome_of(awaitable, limit), limit + LEAST_GRACE, stalled=self._is_interrupted
            )
        except TimeoutError:
            if self.interruption is not None:
                run_on_loop(asyncio.sleep(LEAST_TURN))  # it is cancelled, and tidies up
                raise self.interruption from None
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

    def _is_interrupted(self) -> bool:
        return self.interruption is not None

    def _in_thread(self, callback: Callable[..., Any], args: Any, kwargs: Any, limit: float) -> Any:
        context = copy_context()
        running = threads.start(lambda: context.run(with_connections, callback, args, kwargs))
        self._running = running
        try:
            threads.wait_for(running, limit, max(LEAST_GRACE, min(limit, app_settings.HANDLER_TIMEOUT)))
        finally:
            self._running = None
        return running.result()

    def _make_fit(self, *, failed: bool = False) -> list[str]:
        return make_fit(failed=failed)


class TransactionRuntime(SyncRuntime):
    """A `SyncRuntime` for tests that run inside a transaction.

    What an asynchronous callback does with the database happens on the caller's connection.
    """

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return async_to_sync(awaited)(awaitable)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not is_async(callback):
            return await super().invoke(callback, *args, **kwargs)

        async def limited() -> Any:
            async with time_limit(self.timeout):
                return await callback(*args, **kwargs)

        value, error = async_to_sync(caught)(limited())
        if error is None:
            return value
        raise error if isinstance(error, Exception | RunInterrupted) else CallbackExited from error

    def _make_fit(self, *, failed: bool = False) -> list[str]:
        return []  # the transaction is the test's


class AsyncRuntime(_Runtime):
    """Asynchronous callbacks on the loop this runs on, synchronous ones in a thread."""

    task: asyncio.Task[None] | None = None
    """In which the event runs."""
    keeps_running = False
    """Whether a thread that was told to end has not."""

    @property
    def gh(self) -> AsyncGitHubAPI:
        return self.api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return await awaitable

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs, self.context_for)
        return await self.invoke(callback, *args, **keywords)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.batch is not None:
            self.batch.moved_at = time.monotonic()
        try:
            if not is_async(callback):
                return await self._in_thread(callback, args, kwargs)
            # As `_within_limit`, written out: a coroutine more for each callback would cost as much as a small one.
            limit = asyncio.timeout(self.timeout)
            try:
                async with limit:
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
            if self.is_ending() or isinstance(error, RunInterrupted):
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

    def interrupt(self, why: RunInterrupted) -> None:
        """End the callback that runs, from another thread."""
        self.interruption = why
        if (task := self.task) is not None:
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def _within_limit(self, awaitable: Awaitable[T]) -> T:
        async with time_limit(self.timeout):
            return await awaitable

    async def _in_thread(self, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        permit = await threads.Permit.get()
        limit = self.timeout
        context = copy_context()
        running = threads.start(
            lambda: context.run(with_connections, callback, args, kwargs), permit.thread_ended
        )
        try:
            # The clock starts now: so does the thread.
            if not await permit.wait(limit):
                running.interrupt()
                if not await permit.wait(max(LEAST_GRACE, min(limit, app_settings.HANDLER_TIMEOUT))):
                    permit.release()  # another thread takes the place of the one that is stuck
                    raise CallbackUnstoppable
        except asyncio.CancelledError:
            running.interrupt(type(self.interruption or HandlerTimeout()))
            if self.interruption is not None and not await permit.wait(LEAST_GRACE):
                # It goes on here, so nobody else may begin it before its lease ends.
                self.keeps_running = True
            raise
        result = running.result()
        return await self._within_limit(result) if isinstance(result, Awaitable) else result

    async def _ask(self, recorder: Recorder, operation: Renew) -> Recorded:
        return await recorder.asubmit(operation)

    def is_ending(self) -> bool:
        return (
            self.interruption is not None
            or (self.batch is not None and self.batch.ending)
            or is_stopping(asyncio.get_running_loop())
        )
