"""Deliveries and events for tests."""

from __future__ import annotations

import itertools
import json
import uuid
from typing import Any

from django_github_app.deliveries import Delivery, Summary, lane_of
from django_github_app.sql.intake import NewEvent, StoredEvent, record
from django_github_app.sql.waiting import find_retries, find_waiting, waiting_types
from django_github_app.testing import payloads

_numbers = itertools.count(1)


def delivery(
    event: str = "issues", *, guid: str | None = None, hook_id: int = 1, **overrides: Any
) -> Delivery:
    """Return a validated delivery of a realistic payload."""
    payload = payloads.build(event, **overrides)
    return Delivery(
        event=event,
        delivery=guid or str(uuid.uuid4()),
        hook_id=hook_id,
        target_id=1,
        summary=Summary.from_payload(payload),
        body=json.dumps(payload).encode(),
    )


def new_event(
    event: str = "issues", *, worker_type: str = "sync", lane: int | None = None, **options: Any
) -> NewEvent:
    """Return a delivery as the inbox hands it to the database; out of any lane unless one is given."""
    made = delivery(event, **options)
    return NewEvent(made, worker_type, lane)


def stored(event: str = "issues", **options: Any) -> int:
    """Store a delivery and return its event's id."""
    (result,) = record([new_event(event, **options)])
    assert isinstance(result, StoredEvent)
    return result.id


def find_unpublished(*, limit: int, grace: float) -> list[tuple[int, str]]:
    """Return ``(id, worker type)`` of what a sweep would publish, whatever the queues hold, in the order of ids."""
    ids = [
        (pk, worker_type)
        for worker_type in waiting_types()
        for pk in (
            *find_retries(worker_type, limit=limit, grace=grace).ids,
            *find_waiting(worker_type, limit=limit, grace=grace).pending,
        )
    ]
    return sorted(ids)[:limit]


def new_lane() -> int:
    """Return a lane that no other event is in."""
    lane = lane_of(next(_numbers), 1)
    assert lane is not None
    return lane
