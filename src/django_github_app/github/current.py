"""What is being handled right now, for the calls that are made meanwhile."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django_github_app.errors import CallbackCancelled
from django_github_app.process import loop

T = TypeVar("T")

current_delivery: ContextVar[str | None] = ContextVar("current_delivery", default=None)
"""``X-GitHub-Delivery`` of the event being handled; sent along, so that GitHub's support can find the calls."""


@dataclass(slots=True)
class CurrentCall:
    """One run of one callback: what tells its replies from those of the others, on each attempt anew."""

    handler: str
    position: int = 0
    replies: int = 0
    stopped: str | None = None
    """Why this run is to stop; None: it is not."""
    told_at: float | None = None
    """When its callback was told so."""
    confirm: Callable[[], Awaitable[object]] | None = None
    """Asks the ledger whether it is to stop: before it writes what counts once."""

    def stop(self, why: str) -> None:
        """Have the callback told that it is to stop."""
        self.stopped = why

    def told(self) -> None:
        """Note that the callback knows, and tidies up."""
        if self.told_at is None:
            self.told_at = time.monotonic()

    def look(self, *, tidying_up: bool = False) -> None:
        """Raise `CallbackCancelled` if the callback is to stop, except while it may be ``tidying_up``."""
        if self.stopped is None:
            return
        if tidying_up and self.told_at is not None and time.monotonic() - self.told_at < TIDY_UP:
            return
        self.told()
        raise CallbackCancelled(self.stopped)


TIDY_UP = 10.0
"""Seconds that a callback has to tidy up after it was told to stop."""

current_call: ContextVar[CurrentCall | None] = ContextVar("current_call", default=None)


def raise_if_cancelled() -> None:
    """Raise `CallbackCancelled` if the callback that this is called from is to stop. Costs next to nothing."""
    if (call := current_call.get()) is not None and call.stopped is not None:
        call.look()


def look_before_a_call() -> None:
    """As `raise_if_cancelled`, but a callback that was told already may make calls for some seconds: it tidies up."""
    if (call := current_call.get()) is not None and call.stopped is not None:
        call.look(tidying_up=True)


async def look_before_a_write() -> None:
    """As `look_before_a_call`, and ask: a worker that stood still for a while has not heard of it."""
    call = current_call.get()
    if call is None:
        return
    if call.confirm is not None and call.stopped is None:
        await call.confirm()
    if call.stopped is not None:
        call.look(tidying_up=True)


def run_for_callback(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what a synchronous callback asks for on the loop. Raises `CallbackCancelled` if it is to stop."""
    call = current_call.get()
    try:
        look_before_a_call()
    except BaseException:
        coroutine.close()
        raise
    try:
        return loop.run_on_loop(coroutine)
    except concurrent.futures.CancelledError:
        if call is not None and call.stopped is not None:
            raise CallbackCancelled(call.stopped) from None
        raise
