"""``CommandClaim``: a command of a comment is run by one delivery, whichever comes first."""

from __future__ import annotations

import datetime as dt
from enum import Enum, auto
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from django_github_app.process.clock import as_field

from .clock import DatabaseNow
from .writer import WriterManager


class Taken(Enum):
    """Whether a command is ours to run."""

    NEW = auto()
    AGAIN = auto()
    """This delivery took it before and did not end it: its worker was lost, or it is tried again."""
    DONE = auto()
    """This delivery ran it to its end, but the ledger does not know."""
    ELSEWHERE = auto()
    """Another delivery brought it before."""


class CommandOutcome(models.IntegerChoices):
    """How a command that was taken ended."""

    SUCCEEDED = 10, "succeeded"
    REJECTED = 11, "rejected"
    FAILED = 12, "failed"


class CommandClaimManager(WriterManager["CommandClaim"]):
    """Takes commands, so that each runs once, and finds those that have no outcome. Times are the database's."""

    def take(self, key: str, event_id: int, **fields: Any) -> Taken:
        """Claim a command for an event; return whether it is to be run."""
        claim, created = self.get_or_create(
            key=key, defaults={"event_id": event_id, "taken_at": DatabaseNow(), **fields}
        )
        if created:
            return Taken.NEW
        if claim.event_id != event_id:
            return Taken.ELSEWHERE
        settled = claim.outcome in (CommandOutcome.SUCCEEDED, CommandOutcome.REJECTED)
        return Taken.DONE if settled else Taken.AGAIN

    def acknowledge(self, key: str) -> None:
        """Note that the person has seen that the command was taken; from now on an outcome is owed."""
        self.filter(key=key, acknowledged_at=None).update(acknowledged_at=DatabaseNow())

    def finish(self, key: str, outcome: CommandOutcome, owed: str = "") -> None:
        """Record how a command ended, and the reactions that its author is still to see, separated by blanks."""
        self.filter(key=key).update(outcome=outcome, finished_at=DatabaseNow(), owed=owed)

    def paid(self, key: str, left: str = "") -> None:
        """Note that the reactions stand, or never will, but for what is ``left``."""
        self.filter(key=key).update(owed=left)

    def owed_between(self, since: dt.datetime, until: dt.datetime, limit: int) -> list[CommandClaim]:
        """Return commands that ended in that time and whose reaction is not known to stand, oldest first."""
        waiting = self.exclude(owed="").filter(
            finished_at__gte=as_field(since), finished_at__lt=as_field(until)
        )
        return list(waiting.order_by("finished_at")[:limit])

    def overdue(self, before: dt.datetime, limit: int) -> list[CommandClaim]:
        """Return commands acknowledged before a time that have no outcome and were not reported, oldest first."""
        waiting = self.filter(acknowledged_at__lt=as_field(before), finished_at=None, reported_at=None)
        return list(waiting.order_by("acknowledged_at")[:limit])

    def report(self, claim: CommandClaim) -> bool:
        """Mark a command as reported; False if another worker did so first, or it ended meanwhile."""
        waiting = self.filter(pk=claim.pk, finished_at=None, reported_at=None)
        return waiting.update(reported_at=DatabaseNow()) == 1

    def forget_events(self, event_ids: list[int]) -> None:
        """Let the commands of these events run again, because somebody asks for it."""
        self.filter(event_id__in=event_ids).delete()

    def forget_before(self, before: dt.datetime, limit: int) -> int:
        """Delete claims taken before a time, at most ``limit``; return how many."""
        oldest = list(
            self.filter(taken_at__lt=as_field(before))
            .order_by("taken_at")
            .values_list("pk", flat=True)[:limit]
        )
        return self.filter(pk__in=oldest).delete()[0]


class CommandClaim(models.Model):
    """One command of one comment: ``key`` names comment, position and text, and is unique.

    It refers to its event by number only: events are deleted by the million, in another order.
    """

    id: int
    key = models.CharField(max_length=64, unique=True)
    event_id = models.BigIntegerField(db_index=True, help_text="Event that brought the command first")
    command = models.CharField(max_length=200, help_text="As it is repeated in an answer, without arguments")
    actor = models.CharField(max_length=100)
    taken_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.SmallIntegerField(null=True, choices=CommandOutcome.choices)
    reported_at = models.DateTimeField(
        null=True, help_text="When its author was told that it has no outcome yet"
    )
    owed = models.CharField(
        max_length=16,
        default="",
        db_default="",
        help_text="Reaction that tells its author the outcome, until GitHub has taken it",
    )

    objects = CommandClaimManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["taken_at"], name="github_claim_taken"),
            models.Index(
                fields=["acknowledged_at"],
                condition=Q(acknowledged_at__isnull=False, finished_at=None, reported_at=None),
                name="github_claim_owed",
            ),
            models.Index(fields=["finished_at"], condition=~Q(owed=""), name="github_claim_feedback"),
        ]

    def __str__(self) -> str:
        return f"{self.command} by {self.actor}"
