"""``Continuation``: a callback that is to be called later, or when something else has happened."""

from __future__ import annotations

from django.db import models

from .writer import WriterManager


class Continuation(models.Model):
    """One wait. ``fired_at`` says that its event is in the log; the row stays, so that it is not made again."""

    id: int
    key = models.CharField(max_length=64, unique=True, help_text="Of the run that waits, and of what")
    event_id = models.BigIntegerField(db_index=True, help_text="The event whose callback waits")
    source = models.CharField(max_length=300, help_text="That callback, and its position")
    handler = models.CharField(max_length=255, help_text="Name of the continuation")
    worker_type = models.CharField(max_length=16)
    data = models.TextField(default="null", help_text="What it is given, as JSON")
    due_at = models.DateTimeField(
        help_text="By the database's clock: when it goes on, or has waited long enough"
    )
    event = models.CharField(max_length=100, default="", help_text="What is waited for; empty: the time only")
    action = models.CharField(max_length=100, default="")
    repository_id = models.BigIntegerField(null=True)
    number = models.BigIntegerField(null=True)
    head_sha = models.CharField(max_length=64, default="")
    seen_id = models.BigIntegerField(default=0, help_text="Up to which event the log was looked through")
    came_id = models.BigIntegerField(null=True, help_text="The event that was waited for")
    fired_at = models.DateTimeField(null=True)

    objects = WriterManager["Continuation"]()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(fired_at__isnull=True), name="github_continuation_due"
            ),
            models.Index(
                fields=["repository_id", "event"],
                condition=models.Q(fired_at__isnull=True),
                name="github_continuation_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} after {self.event_id}"
