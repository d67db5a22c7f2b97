"""Flow control: which runs of a key run or wait, and what is remembered of a key. Nobody who uses none has rows."""

from __future__ import annotations

from django.db import models

from .writer import WriterManager


class FlowPlace(models.Model):
    """One run that runs or waits under a key. It goes when the run is over: what became of it is in the ledger.

    It counts as running only while its event is claimed in the same attempt: what a worker left behind is none.
    """

    id: int
    key = models.BigIntegerField()
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=255)
    position = models.IntegerField()
    kind = models.CharField(max_length=8)
    label = models.CharField(max_length=255, help_text="The key, as people read it")
    attempt = models.IntegerField(help_text="The event's, in which it runs")
    tries = models.SmallIntegerField(help_text="How often the callback was called, this time included")
    state = models.SmallIntegerField()
    most = models.IntegerField(help_text="How many of its key may run at once")
    counts = models.BooleanField(help_text="Whether its event replaces others")
    happened_at = models.FloatField(null=True, help_text="By GitHub's clock, in seconds since 1970")
    head = models.CharField(max_length=64, null=True)
    due = models.FloatField(null=True, help_text="Until when it waits for quiet or for its rate")
    since = models.FloatField(help_text="When it began to run or to wait")

    objects = WriterManager["FlowPlace"]()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "handler", "position"], name="github_flow_place_of_run"
            ),
        ]
        indexes = [models.Index(fields=["key"], name="github_flow_place_key")]

    def __str__(self) -> str:
        return f"{self.label}: event {self.event_id}"


class FlowKeyState(models.Model):
    """What is remembered of a key: its newest event, the order of its commits, when runs of it began."""

    key = models.BigIntegerField(primary_key=True)
    label = models.CharField(max_length=255)
    state = models.TextField()
    touched_at = models.DateTimeField()

    objects = WriterManager["FlowKeyState"]()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["touched_at"], name="github_flow_key_touched")]

    def __str__(self) -> str:
        return self.label
