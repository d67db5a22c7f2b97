"""Events that are not finished, asked for in the words of the indexes that answer.

PostgreSQL takes a partial index only where a query says the index's own condition, and orders by it only in the
index's own order. A query that asks for the same in other words reads the log from its beginning, past all that is
finished: ``EventLog.objects.filter(status=EventStatus.PENDING).order_by("id")`` does.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from .events import EventLog, EventStatus

__all__ = ["due_retries", "oldest_pending", "pending_in_lane", "retries", "running"]


def oldest_pending(worker_type: str) -> EventLog | None:
    """Return the event of a worker type that waits longest to be run for the first time, without its body."""
    pending = EventLog.objects.filter(worker_type=worker_type, status=EventStatus.PENDING)
    by_urgency = pending.alias(urgency=Coalesce("priority", 0)).defer("body", "legacy_payload")
    found = [
        *by_urgency.filter(urgency=0).order_by("id")[:1],
        *by_urgency.filter(urgency__gt=0).order_by("urgency", "id")[:1],
    ]
    return min(found, key=lambda event: event.pk, default=None)


def pending_in_lane(lane: int) -> QuerySet[EventLog]:
    """Return the events of a lane that wait to be run for the first time, oldest first."""
    return EventLog.objects.alias(waits=F("status") + 0).filter(lane=lane, waits=0).order_by("id")


def retries(worker_type: str) -> QuerySet[EventLog]:
    """Return the events of a worker type that are to be tried again, the one that is due first first."""
    found = EventLog.objects.filter(worker_type=worker_type, status=EventStatus.RETRYING)
    return found.order_by("next_attempt_at")


def due_retries(worker_type: str, now: dt.datetime) -> QuerySet[EventLog]:
    """Return those of `retries` that are due; ``now`` as the database's columns have it."""
    return retries(worker_type).filter(next_attempt_at__lte=now)


def running() -> QuerySet[EventLog]:
    """Return the events that run, of all worker types, the one whose lease ends first first."""
    return EventLog.objects.alias(begun=F("status") - 1).filter(begun=0).order_by("lease_expires_at")
