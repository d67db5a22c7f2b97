"""Running one callback within its time limit: on the loop, or in a thread; and going on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar

from django_github_app.conf import app_settings
from django_github_app.errors import CallbackUnstoppable, HandlerTimeout
from django_github_app.process.loop import is_stopping

from . import threads
from .connections import watch_beside, with_connections
from .stopping import interrupt_thread, on_loop

__all__ = [
    "LEAST_GRACE",
    "absorb_cancellation",
    "caught",
    "in_thread",
    "outcome_of",
    "time_limit",
    "waited_for",
]

T = TypeVar("T")

LEAST_GRACE = 10.0  # seconds that a callback which was told to stop has for that, or as many as it had to run


@asynccontextmanager
async def time_limit() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(app_settings.HANDLER_TIMEOUT) as limit:
            yield
    except TimeoutError as error:
        if limit.expired():
            raise HandlerTimeout from error
        raise


async def waited_for(awaitable: Awaitable[T]) -> T:
    return await awaitable


async def caught(awaitable: Awaitable[T]) -> tuple[T | None, BaseException | None]:
    """Return the result and the exception: SystemExit that leaves a task would end the loop that runs it."""
    try:
        return await awaitable, None
    except BaseException as error:  # noqa: BLE001 - whoever asked raises it
        return None, error


async def outcome_of(
    awaitable: Awaitable[T], limit: float, reached: Callable[[Callable[[], Any]], None] | None = None
) -> tuple[T | None, BaseException | None]:
    """As `caught`, within a time limit, for a coroutine that is run from another thread."""
    timeout = asyncio.timeout(limit)
    task = asyncio.current_task()
    try:
        async with timeout:
            if reached is not None and task is not None:
                reached(on_loop(asyncio.get_running_loop(), task, timeout))
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


def in_thread(
    callback: Callable[..., Any],
    args: Any,
    kwargs: Any,
    limit: float,
    reached: Callable[[Callable[[], Any]], None] | None = None,
) -> Any:
    context = copy_context()
    running = threads.start(lambda: context.run(with_connections, callback, args, kwargs))
    if reached is not None:
        reached(interrupt_thread(running))
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
