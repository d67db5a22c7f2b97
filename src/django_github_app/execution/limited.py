"""Coroutines of callbacks within a time limit, and what becomes of what they raise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from django_github_app.errors import HandlerTimeout
from django_github_app.process.loop import is_stopping

from .connections import watch_beside
from .stopping import on_loop

__all__ = [
    "LEAST_GRACE",
    "absorb_cancellation",
    "awaited",
    "caught",
    "outcome_of",
    "time_limit",
]

T = TypeVar("T")

LEAST_GRACE = 10.0  # seconds that a callback which was told to stop has for that, or as many as it had to run


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """Stop what runs in it after so many seconds. Raises `HandlerTimeout` then."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as error:
        if limit.expired():
            raise HandlerTimeout from error
        raise


async def awaited(awaitable: Awaitable[T]) -> T:
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
