"""Long callbacks of a worker that was told to stop: they go on for the grace, then their events are handed back.

Another worker takes them at once and goes on from the last checkpoint; no attempt and no lease is lost. The keeper of
leases does this: its thread runs whatever the callbacks do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django_github_app.broker import stopping
from django_github_app.conf import app_settings
from django_github_app.errors import RunInterrupted

if TYPE_CHECKING:
    from .leases import Batch

__all__ = ["interrupt_long", "is_near", "wait"]

logger = logging.getLogger(__name__)

PAUSE = 0.1
LEAVE_TAKING = 5.0
"""Seconds beyond the grace that a process waits for callbacks to tidy up and for their events to be handed back."""


def _over(share: float) -> bool:
    asked_at = stopping.asked_at()
    return asked_at is not None and time.monotonic() - asked_at >= share * app_settings.SHUTDOWN_GRACE


def is_near() -> bool:
    """Return whether half of the grace is over: a checkpoint is now a better place to end than any later one."""
    return _over(0.5)


def interrupt_long(batches: Sequence[Batch]) -> None:
    """Interrupt the long callbacks of these batches, once, when the grace is over."""
    if not _over(1.0):
        return
    for batch in batches:
        for runtime in batch.runtimes():
            call = runtime.calling
            if call is None or runtime.interruption is not None or not runtime.may_be_long():
                continue
            fields = {"event_id": runtime.event_id, "delivery": runtime.delivery, "handler": call[0].handler}
            logger.info("long callback handed over, its worker stops", extra=fields)
            runtime.interrupt(RunInterrupted())


def wait(batches: Callable[[], Sequence[Batch]]) -> None:
    """Wait until nothing runs any more, or was handed back."""
    asked_at = stopping.asked_at()
    began = time.monotonic() if asked_at is None else asked_at
    deadline = began + app_settings.SHUTDOWN_GRACE + LEAVE_TAKING
    while batches() and time.monotonic() < deadline:
        time.sleep(PAUSE)
