from __future__ import annotations

from celery import shared_task
from django.utils import timezone


def handle(event: str, payload: dict[str, object]) -> None:
    """Look at the payload, as the least that a handler does."""
    assert payload["sender"]["id"]  # type: ignore[index]


@shared_task
def process(pk: int) -> None:
    from .models import WebhookEvent

    row = WebhookEvent.objects.get(pk=pk)
    handle(row.event, row.payload)
    WebhookEvent.objects.filter(pk=pk).update(status="done", processed_at=timezone.now())
