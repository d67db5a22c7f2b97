"""``Death``: an event or a callback that is DEAD, until the receivers of its signal were told."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .writer import WriterManager


class Death(models.Model):
    """Written in the transaction that writes the state itself, and deleted when the signal was sent.

    It refers to its event by number only: events are deleted by the million, in another order.
    """

    id: int
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=255, help_text="Of the callback; empty for the event itself")
    position = models.IntegerField(default=0)
    taken_until = models.DateTimeField(
        default=timezone.now, help_text="By the database's clock; until then a process is telling it"
    )

    objects = WriterManager["Death"]()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "handler", "position"], name="github_death_once")
        ]

    def __str__(self) -> str:
        return f"{self.handler or 'event'} of {self.event_id}"
