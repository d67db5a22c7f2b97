"""``Progress``: what a callback shows of how far it is, until somebody has shown how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .writer import WriterManager


class ProgressState(models.IntegerChoices):
    """Whether what is shown is up to date."""

    OPEN = 0, "open"
    ENDING = 1, "ending"
    CLOSED = 2, "closed"


class Progress(models.Model):
    """A check run and a comment of one callback for one event, written down before GitHub is told of them.

    What is not closed is closed by the sweep once its callback does not run any more. It stays as long as its event:
    *Re-run* on GitHub names it by its key.
    """

    id: int
    key = models.CharField(max_length=64, unique=True, help_text="The external id of its check run")
    event_id = models.BigIntegerField(db_index=True)
    handler = models.CharField(max_length=255)
    position = models.IntegerField(default=0)
    name = models.CharField(max_length=100)
    claim = models.IntegerField(help_text="The attempt at its event that shows it")
    state = models.SmallIntegerField(choices=ProgressState.choices, default=ProgressState.OPEN)
    touched_at = models.DateTimeField(db_default=Now(), help_text="By the database's clock")
    has_check = models.BooleanField(default=True)
    has_comment = models.BooleanField(default=False)
    repository = models.CharField(max_length=255)
    head_sha = models.CharField(max_length=64, default="", db_index=True)
    check_run_id = models.BigIntegerField(null=True)
    conversation = models.CharField(max_length=255, default="", help_text="Where its comment is")
    comment_id = models.CharField(max_length=100, default="")
    outcome = models.JSONField(null=True, help_text="How it ended, while GitHub does not know it")
    tries = models.SmallIntegerField(default=0, help_text="How often the sweep tried to close it")
    requested_action = models.CharField(max_length=20, default="", help_text="The button that ran it again")

    objects = WriterManager["Progress"]()

    class Meta:
        base_manager_name = "objects"
        verbose_name_plural = "progress"
        indexes = [
            models.Index(
                fields=["touched_at"],
                condition=models.Q(state__lt=ProgressState.CLOSED.value),
                name="github_progress_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.event_id}"
