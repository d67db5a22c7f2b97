"""``SchedulePlan``: until when the calls of a schedule are in the event log."""

from __future__ import annotations

from django.db import models

from .writer import WriterManager


class SchedulePlan(models.Model):
    """One schedule of the handlers. What was due before ``planned_until`` is an event already, or never will be."""

    name = models.CharField(max_length=255, primary_key=True, help_text="As the handlers name it")
    planned_until = models.FloatField(help_text="Seconds since the epoch")

    objects = WriterManager["SchedulePlan"]()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name
