"""Brings back what the queue forgot: due retries, stranded events, claims of workers that are gone.

The row is the truth and the queue a hint, so every hint may be lost. The sweep reads the rows and publishes
again; a hint too many is harmless, because a claim takes an event once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from django_github_app.broker.publisher import Wanted, publish, publish_singly
from django_github_app.conf import app_settings
from django_github_app.models import EventStatus
from django_github_app.sql import claims as moves

from . import locks

logger = logging.getLogger(__name__)

# One sweep publishes at most so many events; the next one follows within seconds.
MOST_PER_SWEEP = 5_000


def sweep() -> dict[str, int]:
    """Publish what waits without a message and take back expired leases; return how many of each.

    Two sweeps at once do no harm, but the second finds the lock taken and leaves at once.
    """
    with locks.hold("sweep") as alone:
        if not alone:
            return {"taken_back": 0, "dead": 0, "published": 0}
        taken_back = moves.take_back(limit=MOST_PER_SWEEP, max_lost=app_settings.MAX_LOST_LEASES)
        pending = [
            (worker_type, pk) for pk, worker_type, status in taken_back if status == EventStatus.PENDING
        ]
        dead = [pk for pk, _, status in taken_back if status == EventStatus.DEAD]
        if taken_back:
            logger.warning("leases expired", extra={"taken_back": len(pending), "dead": len(dead)})
        for pk in dead:
            logger.error("event gave up: its worker was lost every time", extra={"event_id": pk})
        # One of these may be what took the worker down: each travels alone.
        publish_singly(pending)
        moves.mark_published([pk for _, pk in pending])
        found = moves.find_unpublished(limit=MOST_PER_SWEEP, grace=app_settings.SWEEP_GRACE)
        republish((worker_type, pk) for pk, worker_type in found)
    return {"taken_back": len(pending), "dead": len(dead), "published": len(found)}


def republish(wanted: Iterable[Wanted]) -> None:
    """Publish events and note it, so that the next sweep leaves them for SWEEP_GRACE seconds."""
    events = list(wanted)
    publish(events)
    moves.mark_published([pk for _, pk in events])


def publish_or_leave(wanted: Iterable[Wanted], most: int | None = None) -> None:
    """Publish events, ``most`` in a message, if the broker is there; if not, the sweep does it later."""
    events = list(wanted)
    try:
        publish(events, most)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the sweep mends it
        logger.warning(
            "broker unavailable, events wait for the sweep",
            extra={"events": len(events), "error": type(error).__name__},
        )


def replay(ids: Sequence[int], *, failed_only: bool = False) -> list[int]:
    """Run finished or retrying events again and return the ids of those that were queued.

    ``failed_only`` calls just the callbacks that failed; otherwise all are called, as if the event were new.
    """
    moved = moves.requeue(ids) if failed_only else moves.replay(ids)
    publish_or_leave((worker_type, pk) for pk, worker_type in moved)
    return [pk for pk, _ in moved]


__all__ = ["publish_or_leave", "replay", "republish", "sweep"]
