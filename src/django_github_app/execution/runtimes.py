"""What surrounds a callback while it runs: its clients, its time limit, and the right thread or loop for it.

The two worker types differ here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import async_to_sync

from django_github_app.broker.shutdown import ends_the_process
from django_github_app.conf import app_settings
from django_github_app.errors import CallbackExited, CallbackUnstoppable, HandlerTimeout, RunInterrupted
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.maintenance import publishing
from django_github_app.process.loop import abandon_loop, is_stopping, run_on_loop
from django_github_app.routing.binding import is_async

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
from .limited import LEAST_GRACE, absorb_cancellation, awaited, caught, outcome_of, time_limit
from .operations import Operation
from .recorder import Recorded, Recorder
from .runtime import EventRuntime, Runtime
from .stopping import interrupt_main, interrupt_thread, on_loop
from .watchdog import log_blocked_loop

if TYPE_CHECKING:
    pass

T = TypeVar("T")

__all__ = ["AsyncRuntime", "EventRuntime", "SyncRuntime", "TransactionRuntime"]

logger = logging.getLogger(__name__)

LEAST_TURN = 0.1  # seconds in which a coroutine that was cancelled gets to its ``finally``


class SyncRuntime(Runtime):
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
        reached = self._interrupted if self._may_be_stopped and self.interrupts else None
        if threading.current_thread() is threading.main_thread():
            self._in_main_thread = True
            if reached is not None:
                reached(interrupt_main)
            try:
                result = alarm.with_alarm(limit, callback, args, kwargs)
            finally:
                self._in_main_thread = False
        else:
            result = self._in_thread(callback, args, kwargs, limit, reached)
        if isinstance(result, Awaitable):  # a plain function that returns a coroutine, such as a partial
            return self._on_loop(result, limit)
        return result

    def _on_loop(self, awaitable: Awaitable[Any], limit: float) -> Any:
        try:
            reached = self._told if self._may_be_stopped else None
            value, error = run_on_loop(
                outcome_of(awaitable, limit, reached), limit + LEAST_GRACE, stalled=self._is_interrupted
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

    def _in_thread(
        self,
        callback: Callable[..., Any],
        args: Any,
        kwargs: Any,
        limit: float,
        reached: Callable[[Callable[[], Any]], None] | None,
    ) -> Any:
        context = copy_context()
        running = threads.start(lambda: context.run(with_connections, callback, args, kwargs))
        self._running = running
        if reached is not None:
            reached(interrupt_thread(running))
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


class AsyncRuntime(Runtime):
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

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.batch is not None:
            self.batch.moved_at = time.monotonic()
        task = asyncio.current_task()
        try:
            if not is_async(callback):
                return await self._in_thread(callback, args, kwargs)
            # As `_within_limit`, written out: a coroutine more for each callback would cost as much as a small one.
            limit = asyncio.timeout(self.timeout)
            try:
                async with limit:
                    if self._may_be_stopped and task is not None:
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
            if self.is_ending() or isinstance(error, RunInterrupted):
                raise
            await absorb_cancellation()
            raise CallbackExited from error
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
        if self._may_be_stopped and self.interrupts:
            self._interrupted(interrupt_thread(running))
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

    def _ends_it(self, error: BaseException) -> bool:
        return not isinstance(error, Exception) and self.is_ending()

    async def _go_on(self) -> None:
        await absorb_cancellation()

    async def _ask(self, recorder: Recorder, operation: Operation) -> Recorded:
        return await recorder.asubmit(operation)

    async def publish(self, refs: Sequence[tuple[str, int]]) -> None:
        if refs:
            await asyncio.to_thread(publishing.publish_or_leave, refs)

    def is_ending(self) -> bool:
        return (
            self.interruption is not None
            or (self.batch is not None and self.batch.ending)
            or is_stopping(asyncio.get_running_loop())
        )
