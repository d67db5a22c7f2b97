"""Which worker types let events wait although nothing holds them: what lanes and the sweep go by."""

from __future__ import annotations

from django.db import models

from .writer import WriterManager


class WorkerTypeProgress(models.Model):
    """A worker type with events that a worker could take: when one was last seen to take any.

    Written by the sweep. There is no row for a type of which nothing waits.
    """

    worker_type = models.CharField(max_length=16, primary_key=True)
    oldest_id = models.BigIntegerField(help_text="The oldest event that waits and could run")
    moved_at = models.DateTimeField(help_text="When the sweep last saw events of this type being taken")
    seen_at = models.DateTimeField(help_text="When the sweep last looked")

    objects = WriterManager["WorkerTypeProgress"]()

    class Meta:
        base_manager_name = "objects"
        verbose_name_plural = "worker type progress"

    def __str__(self) -> str:
        return self.worker_type
