"""What surrounds a callback while it runs: its clients, its time limit, and the right thread or loop for it.

The two worker types differ here and nowhere else.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from asgiref.sync import async_to_sync
from django.db import close_old_connections

from django_github_app.conf import app_settings
from django_github_app.errors import HandlerTimeout
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.process.loop import run_on_loop
from django_github_app.routing.binding import bind, is_async

from .project_views import clients as project_clients

if TYPE_CHECKING:
    from django_github_app.sql.claims import Claimed

T = TypeVar("T")

THREADS = 32  # synchronous callbacks that an async worker runs at the same time

_executor: ThreadPoolExecutor | None = None
_executor_lock = threading.Lock()
_armed = False  # whether a callback runs that SIGALRM is to end


class EventRuntime(Protocol):
    """A `calls.Runtime` as processing sees it."""

    claimed: Claimed
    event_id: int
    delivery: str | None
    attempt: int

    @property
    def gh(self) -> AsyncGitHubAPI | SyncGitHubAPI: ...
    @property
    def api(self) -> AsyncGitHubAPI: ...
    async def wait(self, awaitable: Awaitable[T]) -> T: ...
    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any: ...


class _Runtime:
    def __init__(self, claimed: Claimed) -> None:
        self.claimed = claimed
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
        if project_clients:
            made = self._own.get(kind) or project_clients.make(kind, self.claimed.installation_id)
            if made is not None:
                self._own[kind] = made
                return cast("AsyncGitHubAPI | SyncGitHubAPI", made)
        return self.api if kind == "async" else self.sync_api


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
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs)
        return await self.invoke(callback, *args, **keywords)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        limit = app_settings.HANDLER_TIMEOUT
        if is_async(callback):
            try:
                return run_on_loop(_await(callback(*args, **kwargs)), limit)
            except TimeoutError as error:
                raise HandlerTimeout from error
        if threading.current_thread() is threading.main_thread():
            result = _with_alarm(limit, callback, args, kwargs)
        else:
            result = _in_thread(callback, args, kwargs, limit)
        if isinstance(result, Awaitable):  # a plain function that returns a coroutine, such as a partial
            return run_on_loop(_await(result), limit)
        return result

    def close(self) -> None:
        """Nothing to give back: clients share the process's connections."""


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

        return async_to_sync(limited)()


class AsyncRuntime(_Runtime):
    """Asynchronous callbacks on the loop this runs on, synchronous ones in a thread."""

    @property
    def gh(self) -> AsyncGitHubAPI:
        return self.api

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return await awaitable

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs)
        return await self.invoke(callback, *args, **keywords)

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # As `_time_limit`, written out: a generator for each event would cost as much as a small callback.
        limit = asyncio.timeout(app_settings.HANDLER_TIMEOUT)
        try:
            async with limit:
                if is_async(callback):
                    return await callback(*args, **kwargs)
                context = copy_context()
                result = await asyncio.get_running_loop().run_in_executor(
                    _threads(), lambda: context.run(_with_connections, callback, args, kwargs)
                )
                return await result if isinstance(result, Awaitable) else result
        except TimeoutError as error:
            if limit.expired():
                raise HandlerTimeout from error
            raise

    async def aclose(self) -> None:
        """Nothing to give back: clients share the process's connections."""


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


def _with_connections(callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    # Outside a request nobody else closes connections that broke or grew old.
    close_old_connections()
    try:
        return callback(*args, **kwargs)
    finally:
        close_old_connections()


def _threads() -> ThreadPoolExecutor:
    global _executor
    with _executor_lock:
        if _executor is None:
            _executor = ThreadPoolExecutor(THREADS, thread_name_prefix="github-callback")
        return _executor


def _in_thread(callback: Callable[..., Any], args: Any, kwargs: Any, limit: float) -> Any:
    context = copy_context()
    future = _threads().submit(lambda: context.run(_with_connections, callback, args, kwargs))
    try:
        return future.result(limit)
    except TimeoutError as error:
        if future.done():
            raise
        # The thread cannot be stopped; its result no longer counts.
        raise HandlerTimeout from error


def _with_alarm(seconds: float, callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call it in the main thread; after ``seconds`` `HandlerTimeout` is raised in it.

    One within another, as in eager tasks, ends no later than that. A handler and a timer that somebody else has set
    are put back; where there was no handler, ours stays, and does nothing between two calls.
    """
    global _armed
    was_armed, previous = _armed, signal.getsignal(signal.SIGALRM)
    if previous is not _ring:
        signal.signal(signal.SIGALRM, _ring)
    _armed, started = True, time.monotonic()
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    if was_armed and 0 < remaining < seconds:
        signal.setitimer(signal.ITIMER_REAL, remaining)
    try:
        return callback(*args, **kwargs)
    finally:
        _armed = was_armed
        signal.setitimer(signal.ITIMER_REAL, 0)
        # To set and take back a handler each time costs more than a trivial callback.
        if previous not in (_ring, signal.SIG_DFL, None):  # None: set by an extension, not by Python
            signal.signal(signal.SIGALRM, previous)
        if remaining:
            # What is due rings a moment later: here it would still count as this callback's.
            rest = max(remaining - (time.monotonic() - started), 0.01)
            signal.setitimer(signal.ITIMER_REAL, rest, interval)


def _ring(*_: object) -> None:
    if _armed:
        raise HandlerTimeout
