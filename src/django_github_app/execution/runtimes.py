"""What surrounds a callback while it runs: its clients, its time limit, and the right thread or loop for it.

The two worker types differ here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
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
)
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.process.loop import abandon_loop, is_stopping, run_on_loop
from django_github_app.routing.binding import bind, is_async

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
from .project_views import clients as project_clients
from .recorder import Recorded, Recorder, Renew
from .watchdog import log_blocked_loop

if TYPE_CHECKING:
    from django_github_app.sql.claims import Claimed

    from .leases import Batch

T = TypeVar("T")

logger = logging.getLogger(__name__)

LEAST_GRACE = 10.0  # seconds that a callback which was told to stop has for that, or as many as it had to run


class EventRuntime(Protocol):
    """A `calls.Runtime` as processing sees it."""

    claimed: Claimed
    event_id: int
    delivery: str | None
    attempt: int
    calling: Any
    batch: Batch | None

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

    def is_ending(self) -> bool:
        """Return whether what cancels the callback is the end of its batch or of the loop."""
        return False

    async def is_ours(self, recorder: Recorder) -> bool:
        """Return whether the event is still claimed by us: asked when our lease may have run out unnoticed."""
        claims = [(self.claimed.id, self.claimed.attempt)]
        return (await self._ask(recorder, Renew(claims))).renewed > 0

    async def _ask(self, recorder: Recorder, operation: Renew) -> Recorded:
        return recorder.submit(operation)


class SyncRuntime(_Runtime):
    """Synchronous callbacks in the task's own thread, asynchronous ones on the process's loop.

    Its coroutines never suspend: see `event_runs.drive`.
    """

    @property
    def gh(self) -> SyncGitHubAPI:
        return self.sync_api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return run_on_loop(_await(awaitable), app_settings.HANDLER_TIMEOUT)

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs, self.context_for)
        return await self.invoke(callback, *args, **keywords)

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
        if threading.current_thread() is threading.main_thread():
            result = with_alarm(limit, callback, args, kwargs)
        else:
            result = _in_thread(callback, args, kwargs, limit)
        if isinstance(result, Awaitable):  # a plain function that returns a coroutine, such as a partial
            return self._on_loop(result, limit)
        return result

    def _on_loop(self, awaitable: Awaitable[Any], limit: float) -> Any:
        try:
            value, error = run_on_loop(_outcome_of(awaitable, limit), limit + LEAST_GRACE)
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
        return async_to_sync(_await)(awaitable)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not is_async(callback):
            return await super().invoke(callback, *args, **kwargs)

        async def limited() -> Any:
            async with _time_limit():
                return await callback(*args, **kwargs)

        value, error = async_to_sync(_caught)(limited())
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
            limit = asyncio.timeout(app_settings.HANDLER_TIMEOUT)
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
        async with _time_limit():
            return await awaitable

    async def _in_thread(self, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        permit = await threads.Permit.get()
        limit = app_settings.HANDLER_TIMEOUT
        context = copy_context()
        running = threads.start(
            lambda: context.run(with_connections, callback, args, kwargs), permit.thread_ended
        )
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

    async def _ask(self, recorder: Recorder, operation: Renew) -> Recorded:
        return await recorder.asubmit(operation)

    def is_ending(self) -> bool:
        return (self.batch is not None and self.batch.ending) or is_stopping(asyncio.get_running_loop())


@asynccontextmanager
async def _time_limit() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(app_settings.HANDLER_TIMEOUT) as limit:
            yield
    except TimeoutError as error:
        if limit.expired():
            raise HandlerTimeout from error
        raise


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


async def _caught(awaitable: Awaitable[T]) -> tuple[T | None, BaseException | None]:
    """Return the result and the exception: SystemExit that leaves a task would end the loop that runs it."""
    try:
        return await awaitable, None
    except BaseException as error:  # noqa: BLE001 - whoever asked raises it
        return None, error


async def _outcome_of(awaitable: Awaitable[T], limit: float) -> tuple[T | None, BaseException | None]:
    """As `_caught`, within a time limit, for a coroutine that is run from another thread."""
    timeout = asyncio.timeout(limit)
    try:
        async with timeout:
            await watch_beside()
            return await awaitable, None
    except asyncio.CancelledError as error:
        if is_stopping(asyncio.get_running_loop()):
            raise
        await absorb_cancellation()
        return None, error
    except BaseException as error:  # noqa: BLE001 - whoever asked raises it
        if isinstance(error, TimeoutError) and timeout.expired():
            late = HandlerTimeout()
            late.__cause__ = error
            return None, late
        return None, error


async def absorb_cancellation() -> None:
    """Go on after a cancellation that nobody asked for but the callback itself."""
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        return
    while task.cancelling():
        task.uncancel()
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(0)  # before Python 3.13 one that is on its way still comes


def _in_thread(callback: Callable[..., Any], args: Any, kwargs: Any, limit: float) -> Any:
    context = copy_context()
    running = threads.start(lambda: context.run(with_connections, callback, args, kwargs))
    try:
        if not running.wait(limit):
            running.interrupt()
            if not running.wait(max(LEAST_GRACE, limit)):
                raise CallbackUnstoppable
    except CallbackUnstoppable:
        raise
    except BaseException:  # what ends this worker ends its callbacks
        running.interrupt()
        raise
    return running.result()
