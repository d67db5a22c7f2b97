"""Brings back what the queue forgot: due retries, stranded events, claims of workers that are gone.

The row is the truth and the queue a hint, so every hint may be lost. The sweep reads the rows and publishes
again; a hint too many is harmless, because a claim takes an event once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django_github_app import probes
from django_github_app.broker.publisher import (
    EventRef,
    messages_waiting,
    publish,
    publish_singly,
)
from django_github_app.conf import app_settings
from django_github_app.models import EventStatus, RunKind, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import digests, flow, waiting
from django_github_app.sql.claims import RunOutcome
from django_github_app.sql.clock import database_now

from . import continuing, deaths, locks, unfinished_progress
from .pacing import Pacing
from .publishing import publish_or_leave

logger = logging.getLogger(__name__)

# One sweep publishes at most so many events of a worker type; the next one follows within seconds.
MOST_PER_SWEEP = 5_000
# Messages in a queue beyond which the sweep adds none: nobody takes what is there.
MOST_QUEUED = 500
# Seconds after which an event is published again at the latest, while its queue holds messages.
LONGEST_GRACE = 900.0
# Seconds for which a claim may have been under way before it could be seen.
LATE = 60.0
# Stands in the ledger for workers that were lost with an event.
LOST = "worker of the event"


def sweep() -> dict[str, int]:
    """Publish what waits without a message and take back expired leases; return how many of each.

    Worker types are swept one by one, each with a share of its own, retries before new events. Two sweeps at once do
    no harm, but the second finds the lock taken and leaves at once.
    """
    began = time.perf_counter()
    with locks.hold("sweep") as alone:
        if not alone:
            return {"taken_back": 0, "dead": 0, "published": 0}
        pending, dead = _take_back()
        published, failure = 0, None
        looks_at_all = _pacing.is_due("pending")
        with _pacing.measured("pending") if looks_at_all else nullcontext():
            if looks_at_all:
                _worker_types[:] = waiting.waiting_types()
                waiting.note_progress(_worker_types)
            for worker_type in _worker_types:
                try:
                    published += _republish(worker_type, retries_only=not looks_at_all)
                except Exception as error:  # noqa: BLE001 - a queue that is not there must not stop the others
                    logger.warning(
                        "events of a worker type could not be published",
                        extra={"worker_type": worker_type, "error": type(error).__name__},
                    )
                    failure = error
        if (sink := probes.sink) is not None:
            sink(("leases", len(pending), len(dead)))
            sink(("sweep", time.perf_counter() - began, published))
        _next_turns()
        _forget_bodies()
    deaths.tell_left()
    unfinished_progress.close_left()
    publish_or_leave(continuing.fire())
    if failure is not None:
        raise failure
    return {"taken_back": len(pending), "dead": len(dead), "published": published}


# How long looks took that read whatever is pending or running, and what was known after the last, in this process.
_pacing = Pacing()
_worker_types: list[str] = []


def _take_back() -> tuple[list[EventRef], list[int]]:
    """Take back what leases expired of, and publish it; return that, and what is dead now."""
    within = None if _pacing.is_due("leases") else _pacing.since("leases") + LATE
    with _pacing.measured("leases", complete=within is None):
        taken_back = moves.take_back(
            limit=MOST_PER_SWEEP, max_lost=app_settings.MAX_LOST_LEASES, within=within
        )
    pending = [(worker_type, pk) for pk, worker_type, status in taken_back if status == EventStatus.PENDING]
    dead = [pk for pk, _, status in taken_back if status == EventStatus.DEAD]
    if taken_back:
        logger.warning("leases expired", extra={"taken_back": len(pending), "dead": len(dead)})
    for pk in dead:
        logger.error("event gave up: its worker was lost every time", extra={"event_id": pk})
    _note_lost(dead)
    # One of these may be what took the worker down: each travels, and runs, alone.
    with _marked([pk for _, pk in pending]):
        publish_singly(pending)
    return pending, dead


def _note_lost(dead: Sequence[int]) -> None:
    """Say in the ledger of these events why they are dead: a process that is killed cannot say it."""
    if not dead:
        return
    lost = app_settings.MAX_LOST_LEASES
    error = (
        f"WorkerLost: {lost} workers took this event and gave no sign of life any more. They were killed"
        " (out of memory, os._exit, a crash in C) or cut off; their own logs say by what."
    )
    now = database_now()
    moves.finish(
        [],
        [RunOutcome(pk, RunKind.EVENT, LOST, 0, RunStatus.DEAD, lost, now, 0.0, error=error) for pk in dead],
    )


# Worker type → id behind which the next look at its backlog goes on, in this process.
_read_up_to: dict[str, int] = {}
_read_retries_up_to: dict[str, Any] = {}


_forgotten_at = 0.0


_places_forgotten_at = 0.0


def _next_turns() -> None:
    """Publish whatever waits under a key for a turn that has come, and nobody was left to say so."""
    global _places_forgotten_at
    if keys := flow.keys_with_waiting():
        publish_or_leave(flow.wake(keys))
    if time.monotonic() - _places_forgotten_at > 60:
        flow.forget()
        _places_forgotten_at = time.monotonic()


def _forget_bodies() -> None:
    """Forget bodies that are not recognised any more, some once a minute."""
    global _forgotten_at
    if app_settings.REPLAY_PROTECTION != "off" and time.monotonic() - _forgotten_at > 60:
        digests.forget_old(app_settings.REPLAY_MEMORY_DAYS)
        _forgotten_at = time.monotonic()


def _republish(worker_type: str, *, retries_only: bool = False) -> int:
    """Publish what waits for one worker type, no more than its queue has room for; return how many."""
    queued = messages_waiting(worker_type)
    # Behind messages that nobody takes, more of the same help nobody: what was published comes again ever later.
    longest = LONGEST_GRACE if queued != 0 else None
    room = max(0, MOST_QUEUED - (queued or 0)) * app_settings.BATCH_SIZE
    grace, limit = app_settings.SWEEP_GRACE, MOST_PER_SWEEP
    due = waiting.find_retries(
        worker_type, limit=limit, grace=grace, longest=longest, since=_read_retries_up_to.get(worker_type)
    )
    found = waiting.Waiting()
    if not retries_only:
        after = _read_up_to.get(worker_type, 0)
        found = waiting.find_waiting(worker_type, limit=limit, grace=grace, longest=longest, after=after)
    ids = [*due.ids, *found.pending][: min(room, MOST_PER_SWEEP)]
    published = set(ids)
    if not retries_only:
        unpublished = [pk for pk in found.pending if pk not in published]
        _read_up_to[worker_type] = unpublished[0] - 1 if unpublished else found.last
    # Where a look found as many as one may, the same rows have more.
    if len(due.ids) < limit and published.issuperset(due.ids):
        _read_retries_up_to[worker_type] = due.last
    with _marked(ids):
        publish((worker_type, pk) for pk in ids if pk not in found.alone)
        publish_singly((worker_type, pk) for pk in ids if pk in found.alone)
    return len(ids)


@contextmanager
def _marked(ids: Sequence[int]) -> Iterator[None]:
    """Note that events are published, and publish them meanwhile; what fails is not noted.

    In this order, because a row that is being marked is locked: whoever a message wakes meanwhile passes it over.
    """
    waiting.mark_published(ids)
    try:
        yield
    except BaseException:
        waiting.mark_published(ids, undo=True)
        raise


__all__ = ["sweep"]
