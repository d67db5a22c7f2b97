"""Claims and outcomes in short, for tests of statements."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.sql import claims
from django_github_app.sql.claims import EventOutcome, RunOutcome


def status(pk: int) -> EventStatus:
    """Return the state of an event."""
    return EventStatus(EventLog.objects.get(pk=pk).status)


def claim_ids(*ids: int, **options: Any) -> list[int]:
    """Claim events; return the ids of those that were to be had."""
    return [claimed.id for claimed in claims.claim(ids, lease=60, **options)]


def end(claimed: claims.Claimed, to: EventStatus = EventStatus.DONE, **options: Any) -> set[int]:
    """Record how a claimed event ended; return its id if it moved."""
    return claims.finish([EventOutcome(claimed.id, claimed.attempt, to, **options)])


def run_of(pk: int, to: RunStatus = RunStatus.SUCCEEDED, **options: Any) -> RunOutcome:
    """Return what a callback of an event did."""
    values: dict[str, Any] = {
        "kind": "event",
        "handler": "app.handler",
        "position": 0,
        "attempts": 1,
        "started_at": timezone.now(),
        "duration_ms": 1.5,
    }
    return RunOutcome(event_id=pk, status=to, **{**values, **options})
