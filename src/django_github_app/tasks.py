"""Celery entry points: each one call into the room that does the work."""

from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task


@shared_task(name="django_github_app.tasks.process_event")
def process_event(event_id: int) -> None:
    """Process one event."""
    from . import processing

    processing.process([event_id])


@shared_task(name="django_github_app.tasks.process_events")
def process_events(event_ids: Sequence[int], worker_type: str | None = None) -> None:
    """Process the events of one message."""
    from . import processing

    processing.process(event_ids, worker_type)


@shared_task(name="django_github_app.tasks.sweep")
def sweep() -> None:
    """Publish what waits without a message and take back expired leases."""
    from . import recovery

    recovery.sweep()
