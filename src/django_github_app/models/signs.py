"""What operators are shown and told: counters rolled up by time, signs of life, incidents, digests of bodies."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .writer import WriterManager


class Rollup(models.Model):
    """A counter of one minute or one hour: so often it happened, and what its values add up to.

    Workers add to these rows every few seconds; `django_github_app.observe.rollups` reads them.
    """

    id: int
    seconds = models.IntegerField(help_text="How long the interval is: 60 or 3600")
    starts_at = models.DateTimeField()
    name = models.CharField(max_length=32)
    label = models.CharField(max_length=255, default="", db_default="")
    count = models.BigIntegerField(default=0, db_default=0)
    total = models.FloatField(default=0.0, db_default=0.0, help_text="Sum of the values, such as seconds")

    objects = WriterManager["Rollup"]()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["seconds", "name", "starts_at", "label"], name="github_rollup_once_per_interval"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}".strip()


class Pulse(models.Model):
    """A sign of life: of a worker, of beat, of the sweep, of a hook. One row each, overwritten."""

    name = models.CharField(max_length=150, primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    detail = models.JSONField(default=dict)

    objects = WriterManager["Pulse"]()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name


class Incident(models.Model):
    """Something that is wrong and was told once; it stays after its recovery, until the next of its kind."""

    key = models.CharField(max_length=150, primary_key=True)
    message = models.TextField()
    hint = models.TextField(default="")
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    quiet_since = models.DateTimeField(null=True, help_text="Since when it has not been seen any more")
    cleared_at = models.DateTimeField(null=True)
    clearing_told_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=255, default="", help_text="Where it was told, such as an issue")

    objects = WriterManager["Incident"]()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.key


class BodyDigest(models.Model):
    """A signed body that was received, kept to recognise it when it comes again under another name."""

    digest = models.BinaryField(primary_key=True, max_length=32, help_text="SHA-256 of the body")
    delivery = models.CharField(max_length=64)
    event = models.CharField(max_length=255)
    hook_id = models.BigIntegerField(default=0, db_default=0)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = WriterManager["BodyDigest"]()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["seen_at"], name="github_digest_seen")]

    def __str__(self) -> str:
        return self.delivery


__all__ = ["BodyDigest", "Incident", "Pulse", "Rollup"]
