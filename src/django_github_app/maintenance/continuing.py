"""Calls continuations: the sweep makes an event of each wait whose time, or whose event, has come.

The id of its delivery is made of the wait's, and is unique: whoever is killed in the middle, or sweeps beside
another, makes no second one.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from django_github_app.broker.publisher import EventRef
from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery, Summary
from django_github_app.deliveries.event_names import CONTINUED
from django_github_app.github.threads import head_of
from django_github_app.models import Continuation, EventLog
from django_github_app.sql import continuations as rows
from django_github_app.sql.intake import NewEvent, StoredEvent, record

__all__ = ["fire", "look_for_events"]

logger = logging.getLogger(__name__)

MOST = 200
"""Waits that are fired in one sweep."""
MOST_WAITS = 1000
"""Waits for events that are looked after at a time, those least looked after first."""
PAGE = 20_000
"""Ids of the log that are looked through in one statement."""
SECONDS_TO_LOOK = 1.0
LATE = 60.0
"""Seconds after which an event with a smaller id than others is stored, too, if it ever is."""
FORGET_EVERY = 60.0
_NAMESPACE = uuid.UUID("0a9c5c84-52b1-5f0e-9a53-7f4f2c1d9b27")
_OF_COMMITS = frozenset({"check_run", "check_suite", "push", "status", "workflow_job", "workflow_run"})

_observed: deque[tuple[float, int]] = deque()
"""When this process saw which id as the newest: what is as old as `LATE` need not be looked through again."""
_forgotten_at = 0.0


def fire() -> list[EventRef]:
    """Look for what is waited for, and make events of what is to go on; return those to publish."""
    global _forgotten_at
    if time.monotonic() - _forgotten_at > FORGET_EVERY:
        _forgotten_at = time.monotonic()
        rows.forget_old(1000)
    look_for_events()
    ready = []
    for wait in rows.due(MOST):
        (stored,) = record([_event(wait)])
        if isinstance(stored, StoredEvent) and stored.created:
            ready.append((stored.worker_type, stored.id))
            logger.info("continuation begins", extra={"event_id": wait.event_id, "handler": wait.handler})
        # Else it is there: made by whoever was killed before this.
        rows.mark_fired(wait.pk)
    return ready


def look_for_events() -> None:
    """Note for each wait the first event of its subject that it waits for, if that is in the log."""
    waits = rows.waits(MOST_WAITS)
    if not waits:
        _observed.clear()
        return
    top, now = rows.newest(), time.monotonic()
    _observed.append((now, top))
    sure = 0
    while _observed and now - _observed[0][0] >= LATE:
        sure = _observed.popleft()[1]
    if sure:
        _observed.appendleft((now - LATE, sure))
    names = {wait.event for wait in waits}
    repositories = {wait.repository_id for wait in waits if wait.repository_id is not None}
    at = min(wait.seen_id for wait in waits)
    left = list(waits)
    while at < top and left and time.monotonic() - now < SECONDS_TO_LOOK:
        for event in rows.candidates(at, min(at + PAGE, top), names, repositories):
            left = _without(left, event)
        at = min(at + PAGE, top)
    rows.advance([wait.pk for wait in left], min(at, sure))


def _without(waits: Sequence[Continuation], event: EventLog) -> list[Continuation]:
    """Return the waits that are not over with this event."""
    left = []
    for wait in waits:
        if _is_waited_for(wait, event):
            rows.has_come(wait.pk, event.pk)
        else:
            left.append(wait)
    return left


def _is_waited_for(wait: Continuation, event: EventLog) -> bool:
    if event.pk <= wait.event_id or event.event != wait.event or event.repository_id != wait.repository_id:
        return False
    if wait.action and event.action != wait.action:
        return False
    if event.event in _OF_COMMITS and wait.head_sha:
        return _head(event) == wait.head_sha
    return wait.number is None or event.number == wait.number


def _head(event: EventLog) -> str:
    try:
        return head_of(event.payload or {})
    except (ValueError, KeyError, TypeError):
        return ""


def _event(wait: Continuation) -> NewEvent:
    found = EventLog.objects.in_bulk([pk for pk in (wait.event_id, wait.came_id) if pk is not None])
    first, came = found.get(wait.event_id), found.get(wait.came_id or 0)
    reason = "event" if wait.came_id is not None else "timeout" if wait.event else "time"
    said = {
        "handler": wait.handler,
        "data": json.loads(wait.data),
        "reason": reason,
        "event": wait.event if wait.came_id is not None else None,
    }
    # What has come on top of what waited: where to reply stands in the first, how it went in the other.
    data = {**_payload(first), **_payload(came), "continuation": said}
    app = app_settings.CLIENT_ID or app_settings.APP_ID
    delivery = Delivery(
        event=CONTINUED,
        delivery=str(uuid.uuid5(_NAMESPACE, f"{app_settings.API_URL} {app} {wait.pk}")),
        hook_id=0,
        target_id=0,
        summary=Summary.from_payload(data),
        body=json.dumps(data).encode(),
    )
    return NewEvent(delivery, wait.worker_type, delivery.lane if app_settings.LANES else None)


def _payload(event: EventLog | None) -> Mapping[str, Any]:
    payload = None if event is None else event.payload
    return payload if isinstance(payload, Mapping) else {}
