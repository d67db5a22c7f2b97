"""Cancelling what runs or waits: the ledger says so at once, and the workers that run it read it there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django_github_app.models.events import EventLog, EventStatus, HandlerRun, RunKind, RunStatus
from django_github_app.models.flow import FlowPlace

from .dialects import dialect_for
from .flow import close_places, places_of
from .outcomes import CANCELLATION, RunOutcome, cancelled, finish

__all__ = ["Cancelled", "Stop", "cancel_events", "cancel_subject", "stops_among"]

_EVENTS = EventLog._meta.db_table
_RUNS = HandlerRun._meta.db_table
_PENDING, _PROCESSING, _RETRYING, _DONE = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING, EventStatus.DONE)
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A run that is to stop, as the ledger says; ``handler`` is `CANCELLATION` for all of the event."""

    event_id: int
    handler: str
    position: int
    status: RunStatus
    why: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was cancelled."""

    runs: int = 0
    """Runs that ran or waited under a key."""
    events: Sequence[int] = ()
    """Events that were not over."""
    ready: Sequence[tuple[str, int]] = ()
    """Events that are to be published: they are over when a worker has looked at them, or their turn has come."""
    keys: Sequence[int] = ()
    """Keys under which others may run now."""


def stops_among(event_ids: Collection[int]) -> list[Stop]:
    """Return what of these events is to stop. Asked again and again by whoever runs them."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT event_id, handler, position, status, error FROM {_RUNS}
        WHERE event_id {dialect.ids} AND status >= {int(RunStatus.SUPERSEDED)}"""  # noqa: S608
    rows = dialect.execute(sql, [dialect.array(sorted(event_ids))])
    return [
        Stop(pk, handler, position, RunStatus(status), why or "")
        for pk, handler, position, status, why in rows
    ]


def cancel_events(ids: Collection[int], by: str) -> Cancelled:
    """Cancel whole events that are not over: what waits is over now, what runs is told and does not count."""
    if not ids:
        return Cancelled()
    dialect = dialect_for(EventLog)
    with dialect.atomic():
        sql = f"""
            SELECT e.id, e.status, {dialect.now} FROM {_EVENTS} e
            WHERE e.id {dialect.ids} AND e.status + 0 IN ({_PENDING}, {_PROCESSING}, {_RETRYING})
            ORDER BY e.id {"FOR UPDATE" if dialect.is_postgresql else ""}"""  # noqa: S608
        found = dialect.execute(sql, [dialect.array(sorted(set(ids)))])
        if not found:
            return Cancelled()
        unfinished = [pk for pk, _, _ in found]
        why = cancelled(by)
        now = dialect.as_moment(found[0][2])
        places = places_of(event_ids=unfinished)
        ready, _ = close_places(places, RunStatus.CANCELLED, why)
        finish(
            [],
            [
                RunOutcome(pk, RunKind.EVENT, CANCELLATION, 0, RunStatus.CANCELLED, 1, now, 0.0, error=why)
                for pk in unfinished
            ],
        )
        open_runs = HandlerRun.objects.filter(event_id__in=unfinished, status__lt=RunStatus.SUCCEEDED.value)
        open_runs.update(status=RunStatus.CANCELLED.value, error=why, next_attempt_at=None)
        over = f"""
            UPDATE {_EVENTS} SET status = {_DONE}, next_attempt_at = NULL, published_at = NULL, priority = NULL,
                finished_at = {dialect.now}
            WHERE id {dialect.ids} AND status + 0 IN ({_PENDING}, {_RETRYING})"""  # noqa: S608
        dialect.execute(over, [dialect.array(unfinished)])
        kept = {pk for pk, status, _ in found if status != _PROCESSING}
        FlowPlace.objects.filter(event_id__in=kept).delete()
    keys = sorted({place.key for place in places})
    return Cancelled(len(places), unfinished, [ref for ref in ready if ref[1] not in kept], keys)


def cancel_subject(repository: str, number: int, by: str, *, but_event: int | None = None) -> Cancelled:
    """Cancel what runs or waits under a key for an issue or pull request."""
    dialect = dialect_for(EventLog)
    with dialect.atomic():
        places: list[Any] = [
            place for place in places_of(repository=repository, number=number) if place.event_id != but_event
        ]
        ready, _ = close_places(places, RunStatus.CANCELLED, cancelled(by))
    events = sorted({place.event_id for place in places})
    return Cancelled(len(places), events, ready, sorted({place.key for place in places}))
