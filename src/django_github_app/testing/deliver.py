"""Run a delivery through the whole pipeline inside a test: stored, claimed, matched, called, recorded."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django_github_app import probes
from django_github_app.broker.queues import WorkerType
from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery, Summary
from django_github_app.execution import batches, running
from django_github_app.models import EventLog
from django_github_app.process.loop import run_on_loop
from django_github_app.sql.intake import NewEvent, record

from . import payloads

__all__ = ["deliver", "process", "store"]


def store(
    event: str,
    action: str | None = None,
    *,
    payload: Mapping[str, Any] | None = None,
    worker_type: WorkerType = "async",
    delivery: str | None = None,
    **overrides: Any,
) -> EventLog:
    """Store a delivery, as the webhook view would, and return its row, which is PENDING.

    Without ``payload`` a realistic one is built from the other arguments: see `payloads.build`.
    """
    data = dict(payload) if payload is not None else _build(event, action, overrides)
    body = json.dumps(data).encode()
    made = Delivery(
        event=event,
        delivery=delivery or str(uuid.uuid4()),
        hook_id=1,
        target_id=1,
        summary=Summary.from_payload(data),
        body=body,
    )
    lane = made.lane if app_settings.LANES else None
    traceparent = None if probes.tracer is None else probes.tracer.current()
    (stored,) = record([NewEvent(made, worker_type, lane, traceparent)])
    if isinstance(stored, Exception):
        raise stored
    return EventLog.objects.get(pk=stored.id)


def _build(event: str, action: str | None, overrides: Mapping[str, Any]) -> dict[str, Any]:
    made = payloads.of_app(
        payloads.build(event, action, **overrides),
        app_id=app_settings.APP_ID,
        client_id=app_settings.CLIENT_ID,
        slug=app_settings.SLUG,
    )
    # Handlers call the addresses in the payload: they are to lead to the GitHub that the settings name.
    return payloads.addressed_to(made, app_settings.API_URL)


def process(*rows: EventLog) -> None:
    """Process stored events in this thread, as a worker would, and refresh the rows."""
    for row in rows:
        batches.process([row.pk], row.worker_type)
    # A batch of which only long callbacks are left does not keep a worker's thread; a test's it does.
    if running.has_left():
        run_on_loop(running.until_left_are_done())
    for row in rows:
        row.refresh_from_db()


def deliver(event: str, action: str | None = None, **options: Any) -> EventLog:
    """Store a delivery and process it; return its row. Takes what `store` takes.

    ``row.runs`` says what each callback did. An exception of a callback is not raised: it is in the ledger.
    """
    row = store(event, action, **options)
    process(row)
    return row
