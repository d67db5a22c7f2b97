"""Progress that is shown on GitHub: begun before GitHub is told, fenced by its event's claim, closed by somebody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from django_github_app.models.events import EventLog, EventStatus
from django_github_app.models.progress import Progress, ProgressState

from .dialects import storable

__all__ = [
    "BeingConcluded", "begin", "close", "forget_old", "left", "note", "seconds_to_conclude", "settle", "take_over",
    "touch", "try_later",
]  # fmt: skip

CLOSED_BY_NOW = dt.timedelta(seconds=20)
"""After which nobody is closing what was being closed."""


class BeingConcluded(Exception):
    """Somebody is telling GitHub how an earlier attempt ended."""


def begin(key: str, claim: int, fields: dict[str, Any], lease: float) -> Progress | None:
    """Open the progress of a run, that of its earlier attempt if there is one; None for a run that lost its event.

    Raises `BeingConcluded` while somebody may still be telling GitHub how the earlier attempt ended.
    """
    with transaction.atomic(using=Progress.objects.db):
        # Locked: nobody takes the event back meanwhile.
        ours = EventLog.objects.select_for_update().filter(
            pk=fields["event_id"], attempts=claim, status=EventStatus.PROCESSING
        )
        if not ours.values_list("pk").first():
            return None
        row, created = Progress.objects.get_or_create(key=key, defaults={**fields, "claim": claim})
        if not created:
            # What is put off has a time that is still to come.
            since = (Now() - _closing(lease), Now())
            if _all(key).filter(state=ProgressState.ENDING, touched_at__range=since).exists():
                raise BeingConcluded
            shown = {name: fields[name] for name in ("has_check", "has_comment")}
            _all(key).update(
                claim=claim, state=ProgressState.OPEN, touched_at=Now(), outcome=None, tries=0, **shown
            )
    return Progress.objects.get(pk=row.pk)


def take_over(row: Progress, outcome: dict[str, str]) -> bool:
    """Have what nobody keeps up to date to oneself, to conclude it; return whether nobody was faster.

    For the `seconds_to_conclude` that follow; then an attempt may go on with it.
    """
    same = Progress.objects.filter(pk=row.pk, claim=row.claim, state=row.state, touched_at=row.touched_at)
    stored = {name: storable(value) for name, value in outcome.items()}
    return bool(same.update(state=ProgressState.ENDING, outcome=stored, touched_at=Now()))


def seconds_to_conclude(lease: float) -> float:
    """Return for how long GitHub may be told how something ended: so long, less a margin, attempts wait for that."""
    return _closing(lease).total_seconds() * 0.75


def _closing(lease: float) -> dt.timedelta:
    return min(CLOSED_BY_NOW, dt.timedelta(seconds=lease))


def note(key: str, claim: int, **fields: Any) -> bool:
    """Note what is known of it on GitHub; return whether it is still that of this claim."""
    return bool(_of(key, claim).update(touched_at=Now(), **fields))


def touch(key: str, claim: int) -> bool:
    """Note that it is kept up to date; return whether it is still that of this claim."""
    return note(key, claim)


def settle(key: str, claim: int, outcome: dict[str, str]) -> bool:
    """Note how it ended, before GitHub is told; return whether it is still that of this claim."""
    stored = {name: storable(value) for name, value in outcome.items()}
    return note(key, claim, state=ProgressState.ENDING, outcome=stored)


def close(key: str, claim: int) -> None:
    """Note that GitHub shows how it ended."""
    rows = _all(key).filter(claim=claim, state__lt=ProgressState.CLOSED)
    rows.update(state=ProgressState.CLOSED, outcome=None, requested_action="")


def left(lease: float, limit: int) -> list[tuple[Progress, EventStatus | None]]:
    """Return what nobody keeps up to date any more, and the states of its events (None: deleted), oldest first."""
    events = EventLog.objects.filter(pk=OuterRef("event_id"))
    running = events.filter(status=EventStatus.PROCESSING)
    waiting = events.filter(status__in=[EventStatus.PENDING, EventStatus.RETRYING])
    since_long = Q(touched_at__lt=Now() - dt.timedelta(seconds=lease))
    nobody = ~Exists(running) & (~Exists(waiting) | since_long)
    ending = Q(state=ProgressState.ENDING, touched_at__lt=Now() - _closing(lease))
    rows = list(
        Progress.objects.filter(state__lt=ProgressState.CLOSED, touched_at__lte=Now())
        .filter(ending | (Q(state=ProgressState.OPEN) & nobody))
        .order_by("touched_at")[:limit]
    )
    states = dict(EventLog.objects.filter(pk__in=[row.event_id for row in rows]).values_list("pk", "status"))
    return [(row, EventStatus(states[row.event_id]) if row.event_id in states else None) for row in rows]


def try_later(row: Progress, seconds: float) -> None:
    """Leave one alone for a while: GitHub did not take how it ended."""
    rows = Progress.objects.filter(pk=row.pk, claim=row.claim, state=ProgressState.ENDING)
    later = Now() + dt.timedelta(seconds=seconds)
    rows.update(state=row.state, outcome=row.outcome, touched_at=later, tries=row.tries + 1)


def forget_old(limit: int) -> int:
    """Delete closed ones whose events are gone; return how many."""
    gone = Progress.objects.filter(state=ProgressState.CLOSED).exclude(
        Exists(EventLog.objects.filter(pk=OuterRef("event_id")))
    )
    found = list(gone.order_by("pk").values_list("pk", flat=True)[:limit])
    return Progress.objects.filter(pk__in=found).delete()[0] if found else 0


def _all(key: str) -> Any:
    return Progress.objects.filter(key=key)


def _of(key: str, claim: int) -> Any:
    return _all(key).filter(claim=claim, state=ProgressState.OPEN)
