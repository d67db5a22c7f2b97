"""Publish events where a broker that is away is no error: their rows say that they wait, and the sweep looks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import router, transaction

from django_github_app import probes
from django_github_app.broker.publisher import EventRef, publish, wake
from django_github_app.models import EventLog
from django_github_app.sql import claims as moves

__all__ = ["publish_or_leave", "replay", "wake_or_leave"]

logger = logging.getLogger(__name__)


def wake_or_leave(worker_type: str) -> None:
    """Send a message that says that events wait, if the broker is there; if not, the sweep does it later."""
    try:
        wake(worker_type)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the sweep mends it
        logger.warning("broker unavailable, events wait for the sweep", extra={"error": type(error).__name__})


def publish_or_leave(refs: Iterable[EventRef], most: int | None = None) -> None:
    """Publish events, ``most`` in a message, if the broker is there; if not, the sweep does it later."""
    events = list(refs)
    try:
        publish(events, most)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the sweep mends it
        logger.warning(
            "broker unavailable, events wait for the sweep",
            extra={"events": len(events), "error": type(error).__name__},
        )
        if (sink := probes.sink) is not None:
            sink(("unpublished", len(events)))


def replay(ids: Sequence[int], *, failed_only: bool = False) -> list[int]:
    """Run finished or retrying events again and return the ids of those that were queued.

    ``failed_only`` calls just the callbacks that failed; otherwise all are called, as if the event were new.
    """
    moved = moves.requeue(ids) if failed_only else moves.replay(ids)
    refs = [(worker_type, pk) for pk, worker_type in moved]
    # Inside somebody's transaction a worker would look before there is anything to see.
    transaction.on_commit(partial(publish_or_leave, refs), using=router.db_for_write(EventLog))
    return [pk for pk, _ in moved]
