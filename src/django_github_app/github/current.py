"""What is being handled right now, for the calls that are made meanwhile."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass

from django_github_app.errors import CallbackCancelled

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
