"""Calls what projects decorate with ``@gh.on_error``: with the exception of a callback that is not tried again."""

from __future__ import annotations

import logging

from gidgethub import sansio

from django_github_app import routing
from django_github_app.observe.redaction import describe
from django_github_app.routing.binding import Call, name_of

from .runtimes import EventRuntime

__all__ = ["call"]

logger = logging.getLogger(__name__)


async def call(failed: Call, error: Exception, event: sansio.Event, runtime: EventRuntime) -> None:
    """Call the error callbacks of the routers of ``failed``. What they raise is logged, and goes no further."""
    for callback in routing.error_callbacks(failed.callback, runtime.claimed.worker_type):
        try:
            await runtime.call(callback, event, {"error": error, "handler": failed.handler})
        except Exception as problem:
            logger.error(
                "an error callback failed",
                exc_info=problem,
                extra={
                    "event_id": runtime.event_id,
                    "delivery": runtime.delivery,
                    "handler": name_of(callback),
                    "error": describe(problem),
                },
            )
