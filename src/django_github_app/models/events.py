"""``EventLog``, one row per delivery, and ``HandlerRun``, one row per callback that ran for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_github_app.bodies import frames
from django_github_app.process.sync import async_to_sync_method, sync_to_async_method

from .payload_field import PayloadField, PayloadQuerySet
from .writer import WriterManager

if TYPE_CHECKING:
    from gidgethub import sansio


class EventStatus(models.IntegerChoices):
    """Where an event is. Values of 10 and up are final; `transitions` holds the moves between them."""

    PENDING = 0, "pending"
    PROCESSING = 1, "processing"
    RETRYING = 2, "retrying"
    DONE = 10, "done"
    IGNORED = 11, "ignored"
    DEAD = 12, "dead"

    @property
    def is_final(self) -> bool:
        """Whether the event is over: nothing but a replay runs it again."""
        return self >= EventStatus.DONE


class EventLogManager(WriterManager["EventLog"]):
    """The event log, under the names that django-github-app has for its methods."""

    def get_queryset(self) -> PayloadQuerySet[EventLog]:
        """Return all rows, as the writer has them."""
        return PayloadQuerySet(self.model, using=self.db, hints=self._hints)  # type: ignore[attr-defined]  # Django's

    async def acreate_from_event(self, event: sansio.Event) -> EventLog:
        """Store ``event`` as a record that is not processed: what django-github-app's method does.

        Deliveries that are to be processed come in through the webhook views.
        """
        columns = columns_of(event.data)
        row = EventLog(
            event=event.event, delivery=event.delivery_id or None, received_at=timezone.now(), **columns
        )
        row.payload = event.data
        await sync_to_async(self._insert_record)(row)
        return row

    def _insert_record(self, row: EventLog) -> None:
        try:
            with transaction.atomic(using=self.db):
                row.save(using=self.db, force_insert=True)
        except IntegrityError:
            # django-github-app stores one record per call; the delivery itself is another row.
            row.delivery = None
            row.save(using=self.db, force_insert=True)

    create_from_event = async_to_sync_method(acreate_from_event)

    def cleanup_events(
        self, days_to_keep: int | Mapping[str, int] | None = None
    ) -> tuple[int, dict[str, int]]:
        """Delete finished events older than ``days_to_keep`` (None: as the settings say), in small batches.

        Returns their number, and it again by model.
        """
        from django_github_app import retention

        return retention.cleanup_events(days_to_keep)

    def archive_events(
        self,
        days_to_keep: int | Mapping[str, int] | None = None,
        storage: Any = None,
        location: str | None = None,
        delete_after_archive: bool = True,
    ) -> tuple[int, list[str]]:
        """Archive finished events older than ``days_to_keep`` and delete them when that is safe.

        Returns their number and the paths of the files. `django_github_app.retention.archive_events` says more.
        """
        from django_github_app import retention

        return retention.archive_events(days_to_keep, storage, location, delete_after_archive)

    acleanup_events = sync_to_async_method(cleanup_events)
    aarchive_events = sync_to_async_method(archive_events)


class EventLog(models.Model):
    """A delivery as GitHub sent it, and how far its processing got.

    ``payload`` reads and assigns the decoded body, for rows of this package and of django-github-app alike.
    It is not a column: filter by the columns beside it.
    """

    id: int
    event = models.CharField(max_length=255, null=True)
    legacy_payload = models.JSONField(
        default=None,
        null=True,
        editable=False,
        db_column="payload",
        help_text="Payload of a row that django-github-app stored; newer rows have a body instead.",
    )
    received_at = models.DateTimeField(help_text="Date and time event was received", default=timezone.now)

    # Who and what: copied out of the body because people filter by them.
    delivery = models.CharField(max_length=64, null=True, help_text="X-GitHub-Delivery")
    hook_id = models.BigIntegerField(
        default=0, db_default=0, help_text="X-GitHub-Hook-ID; 0 if it was not sent"
    )
    target_id = models.BigIntegerField(
        default=0, db_default=0, help_text="X-GitHub-Hook-Installation-Target-ID; 0 if it was not sent"
    )
    action = models.TextField(null=True)
    installation_id = models.BigIntegerField(null=True, help_text="GitHub's id of the installation")
    repository_id = models.BigIntegerField(null=True, help_text="GitHub's id of the repository")
    repository = models.CharField(max_length=255, null=True, help_text="owner/name when the event was sent")
    sender = models.CharField(
        max_length=100, null=True, help_text="Login of the account that caused the event"
    )
    number = models.BigIntegerField(null=True, help_text="Number of the issue, pull request or discussion")

    body = models.BinaryField(null=True, help_text="Exact bytes of the request body, compressed")
    form_encoded = models.BooleanField(default=False, db_default=False)

    status = models.SmallIntegerField(
        choices=EventStatus.choices, default=EventStatus.DONE, db_default=EventStatus.DONE
    )
    worker_type = models.CharField(max_length=16, default="", db_default="")
    lane = models.BigIntegerField(
        null=True, help_text="Events of one lane (an issue or pull request) run in order, one at a time"
    )
    priority = models.IntegerField(
        null=True,
        help_text="While it waits: above 0 it is claimed before others, and says since when. None is 0",
    )
    claimed_in = models.IntegerField(
        null=True,
        editable=False,
        help_text="While it runs: when it was claimed, in units of the lanes' guard",
    )
    attempts = models.IntegerField(default=0, db_default=0, help_text="How often a worker claimed it")
    lost_leases = models.SmallIntegerField(
        default=0, db_default=0, help_text="How often its worker disappeared while it ran"
    )
    lease_expires_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True, help_text="When the sweep last published it")
    finished_at = models.DateTimeField(null=True)
    traceparent = models.CharField(
        max_length=64,
        null=True,
        editable=False,
        help_text="W3C trace context of its receipt, where tracing is on; ~ before it: of a run before a replay",
    )
    restored_at = models.DateTimeField(null=True, help_text="When it was brought back from an archive")
    archive = models.ForeignKey(
        "django_github_app.ArchiveFile",
        on_delete=models.DO_NOTHING,  # rows of archives stay; an expired one says so
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="events",
        help_text="The archive that holds a copy of this row as it is",
    )

    objects = EventLogManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "hook_id"],
                condition=Q(delivery__isnull=False),
                name="github_event_once_per_delivery",
            ),
            # Not a wish but the lock: a second event of the lane cannot become PROCESSING while the first runs.
            # Both indexes together say so of claims of one moment; `sql.lanes` says why they have the time in them.
            models.UniqueConstraint(
                F("lane"),
                Coalesce("claimed_in", 0) / 2,
                condition=Q(lane__isnull=False, status=EventStatus.PROCESSING.value),
                name="github_event_running_in_lane",
            ),
            models.UniqueConstraint(
                F("lane"),
                (Coalesce("claimed_in", 0) + 1) / 2,
                condition=Q(lane__isnull=False, status=EventStatus.PROCESSING.value),
                name="github_event_running_in_lane_2",
            ),
        ]
        # One index for each question that is asked all the time: what it does not ask for has no entry in it. Some
        # are in the database under an expression of it, which Django cannot write: see `sql.claims`.
        indexes = [
            models.Index(
                F("worker_type"),
                Coalesce("priority", 0),
                F("id"),
                condition=Q(status=EventStatus.PENDING.value),
                name="github_event_pending",
            ),
            models.Index(
                fields=["lane", "id"],
                condition=Q(lane__isnull=False, status=EventStatus.PENDING.value),
                name="github_event_lane_pending",
            ),
            models.Index(
                fields=["worker_type", "next_attempt_at"],
                condition=Q(status=EventStatus.RETRYING.value),
                name="github_event_retry",
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status=EventStatus.PROCESSING.value),
                name="github_event_lease",
            ),
            models.Index(fields=["id"], condition=Q(status=EventStatus.DEAD.value), name="github_event_dead"),
            models.Index(
                fields=["archive", "id"], condition=Q(archive__isnull=False), name="github_event_archived"
            ),
            # Rows of django-github-app whose columns are still to be filled: empty once they are.
            models.Index(
                fields=["id"],
                condition=Q(body__isnull=True, legacy_payload__isnull=False, sender__isnull=True),
                name="github_event_unfilled",
            ),
        ]
        permissions = [
            ("archive_eventlog", "Can archive events"),
            ("restore_eventlog", "Can restore events from archives"),
        ]
        verbose_name = "event"

    def __str__(self) -> str:
        parts = [str(self.pk), self.event if self.event is not None else "unknown"]
        if self.action is not None:
            parts.append(self.action)
        return " ".join(parts)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> EventLog:
        """Make an event of a row; one of django-github-app's has its action in the payload only."""
        row = super().from_db(db, field_names, values, **kwargs)
        # Rows of django-github-app have their action in the payload only.
        legacy_payload = row.__dict__.get("legacy_payload")
        if row.__dict__.get("action", "") is None and isinstance(legacy_payload, dict):
            row.action = columns_of({"action": legacy_payload.get("action")})["action"]
        return row

    @property
    def payload(self) -> Any:
        """The decoded payload: a dict for everything GitHub sends, None for a row that has none."""
        if self.body is None:
            return self.legacy_payload
        return frames.decode(self.raw_body, form_encoded=self.form_encoded)

    @payload.setter
    def payload(self, value: Any) -> None:
        self.legacy_payload = None
        if value is None:
            self.body = None
            return
        self.raw_body = json.dumps(value, separators=(",", ":")).encode()
        self.form_encoded = False
        if isinstance(value, Mapping):
            for name, found in columns_of(value).items():
                if getattr(self, name) is None:
                    setattr(self, name, found)

    @property
    def raw_body(self) -> bytes:
        """The exact bytes of the request body. Raises ValueError for a row that has none."""
        if self.body is None:
            raise ValueError(f"event {self.pk} was stored by django-github-app, which kept no body")
        return frames.decompress(self.body)

    @raw_body.setter
    def raw_body(self, value: bytes) -> None:
        self.body = frames.compress(value)


PayloadField().contribute_to_class(EventLog, "payload", private_only=True)


def columns_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filter columns of a decoded payload: as the inbox stores them, but for an action, which is whole."""
    from django_github_app.deliveries import Summary

    summary = Summary.from_payload(data, longest_action=sys.maxsize)
    return {
        "action": summary.action,
        "installation_id": summary.installation_id,
        "repository_id": summary.repository_id,
        "repository": summary.repository,
        "sender": summary.sender,
        "number": summary.number,
    }


class RunKind(models.TextChoices):
    """What made a callback run."""

    EVENT = "event"
    MENTION = "mention"
    COMMAND = "command"


class RunStatus(models.IntegerChoices):
    """How a callback ended. A run that is SUCCEEDED, or anything after it, is never called again."""

    STARTED = 0, "started"
    RETRYING = 2, "retrying"
    SUCCEEDED = 10, "succeeded"
    REJECTED = 11, "rejected"  # a command that was denied or mistyped: the person was told
    DEAD = 12, "dead"
    SUPERSEDED = 13, "superseded"  # a newer event of its key took its place: ``error`` says which
    CANCELLED = 14, "cancelled"  # by whom, says ``error``

    @property
    def is_final(self) -> bool:
        """Whether the callback is over: nothing but a replay calls it again."""
        return self >= RunStatus.SUCCEEDED


class HandlerRun(models.Model):
    """What one callback did for one event. ``(event, handler, position)`` is unique: the ledger."""

    id: int
    event = models.ForeignKey(
        EventLog,
        on_delete=models.CASCADE,
        related_name="runs",
        db_index=False,
        # Whoever deletes events deletes their runs in the same statement. Checked by the database, each new run locks
        # its event's row, and each deleted event costs it a query: three quarters of what deleting takes.
        db_constraint=False,
    )
    kind = models.CharField(max_length=8, choices=RunKind.choices, default=RunKind.EVENT)
    handler = models.CharField(max_length=255, help_text="module.qualname of the callback")
    position = models.IntegerField(
        default=0, db_default=0, help_text="Offset of the mention or command in the comment; 0 for an event"
    )
    status = models.SmallIntegerField(choices=RunStatus.choices)
    attempts = models.SmallIntegerField(default=1, db_default=1)
    started_at = models.DateTimeField()
    duration_ms = models.FloatField(null=True, help_text="Of the last attempt")
    next_attempt_at = models.DateTimeField(null=True)
    error = models.TextField(null=True, help_text="The last error, one line")
    traceback = models.TextField(null=True)
    command = models.CharField(max_length=100, null=True)
    arguments = models.TextField(null=True, help_text="As typed, secrets masked")
    actor = models.CharField(max_length=100, null=True, help_text="Login of the person who typed the command")
    tries = models.TextField(
        null=True, editable=False, help_text="Earlier tries that failed, oldest first, as JSON"
    )
    checkpoint = models.TextField(
        null=True, help_text="How far it got, as JSON: what its next attempt goes on from"
    )
    checkpointed_at = models.DateTimeField(null=True)

    objects = WriterManager["HandlerRun"]()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "handler", "position"], name="github_run_once_per_event_and_handler"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {RunStatus(self.status).label}"
