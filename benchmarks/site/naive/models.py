from __future__ import annotations

from django.db import models


class WebhookEvent(models.Model):  # noqa: DJ008 - nobody looks at it
    """An event log as people write it: the payload as JSON, columns for what they look at."""

    delivery = models.CharField(max_length=64, unique=True)
    event = models.CharField(max_length=64, db_index=True)
    action = models.CharField(max_length=64, null=True)
    payload = models.JSONField()
    status = models.CharField(max_length=16, default="pending", db_index=True)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    processed_at = models.DateTimeField(null=True)

    objects: models.Manager[WebhookEvent] = models.Manager()
