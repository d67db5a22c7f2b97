"""Waits of callbacks: written once for each run, found when they are due, and fired once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from django_github_app.models.continuations import Continuation
from django_github_app.models.events import EventLog, EventStatus

__all__ = ["add", "advance", "candidates", "due", "forget_old", "has_come", "mark_fired", "newest", "waits"]


def add(key: str, claim: int, seconds: float, fields: dict[str, Any]) -> bool:
    """Write a wait down, unless an earlier attempt has; return whether the event is still that of this claim."""
    with transaction.atomic(using=Continuation.objects.db):
        # Locked: nobody takes the event back meanwhile.
        ours = EventLog.objects.select_for_update().filter(
            pk=fields["event_id"], attempts=claim, status=EventStatus.PROCESSING
        )
        if not ours.values_list("pk").first():
            return False
        if not Continuation.objects.filter(key=key).exists():
            try:
                with transaction.atomic(using=Continuation.objects.db):
                    Continuation.objects.create(
                        key=key,
                        due_at=Now() + dt.timedelta(seconds=seconds),
                        seen_id=fields["event_id"],
                        **fields,
                    )
            except IntegrityError:  # made at this moment by whoever else takes itself for this run
                return True
    return True


def due(limit: int) -> list[Continuation]:
    """Return what is to go on: its time has come, or what it waits for."""
    ready = Q(due_at__lte=Now()) | Q(came_id__isnull=False)
    return list(Continuation.objects.filter(ready, fired_at__isnull=True).order_by("due_at")[:limit])


def mark_fired(pk: int) -> None:
    """Note that its event is in the log."""
    Continuation.objects.filter(pk=pk, fired_at__isnull=True).update(fired_at=Now())


def waits(limit: int) -> list[Continuation]:
    """Return what waits for events that have not come, those whose log was looked through least first."""
    open_ones = Continuation.objects.filter(fired_at__isnull=True, came_id__isnull=True).exclude(event="")
    return list(open_ones.order_by("seen_id")[:limit])


def newest() -> int:
    """Return the id of the event that was stored last."""
    return EventLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def candidates(
    after: int, up_to: int, events: Collection[str], repositories: Collection[int]
) -> Sequence[EventLog]:
    """Return the events of a stretch of the log that somebody may wait for, without their bodies, in order."""
    found = EventLog.objects.filter(
        pk__gt=after, pk__lte=up_to, event__in=events, repository_id__in=repositories
    )
    return list(found.order_by("pk").defer("body", "legacy_payload"))


def has_come(pk: int, event_id: int) -> None:
    """Note the event that was waited for."""
    Continuation.objects.filter(pk=pk, fired_at__isnull=True, came_id__isnull=True).update(came_id=event_id)


def advance(pks: Collection[int], up_to: int) -> None:
    """Note up to which event the log was looked through for these."""
    Continuation.objects.filter(pk__in=pks, seen_id__lt=up_to).update(seen_id=up_to)


def forget_old(limit: int) -> int:
    """Delete those that were fired and whose events are gone; return how many."""
    gone = Continuation.objects.filter(fired_at__isnull=False).exclude(
        Exists(EventLog.objects.filter(pk=OuterRef("event_id")))
    )
    found = list(gone.order_by("pk").values_list("pk", flat=True)[:limit])
    return Continuation.objects.filter(pk__in=found).delete()[0] if found else 0
