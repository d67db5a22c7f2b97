"""``ArchiveFile``, one row per archive in a store, and ``RetentionJob``, one row per cleanup or archive.

The only place where their states are assigned; each move is one conditional update.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from .clock import DatabaseNow
from .writer import WriterManager

if TYPE_CHECKING:
    from django_github_app.retention.records import Manifest


class ArchiveState(models.IntegerChoices):
    """Where an archive file is between its plan and its end."""

    WRITING = 0, "writing"  # its name is taken; the object may be missing or half there
    VERIFIED = 1, "verified"  # read back and recorded; its rows are still in the database
    STORED = 10, "stored"  # its rows are deleted, or marked as archived
    DAMAGED = 11, "damaged"  # a later check found it missing or altered
    EXPIRED = 12, "expired"  # removed from the store by policy; this row says so


class ArchiveFileManager(WriterManager["ArchiveFile"]):
    """Finds archives by what can be done with them."""

    def readable(self) -> models.QuerySet[ArchiveFile]:
        """Return the files that can be restored from."""
        return self.filter(state__in=[ArchiveState.VERIFIED, ArchiveState.STORED])

    def adopt(self, storage: str, manifest: Manifest) -> tuple[ArchiveFile, bool]:
        """Return the row of a file that is in a store, created from its manifest if there was none."""
        names = ("day", "first_id", "last_id", "count", "size", "text_size", "sha256")
        values = {name: getattr(manifest, name) for name in names}
        file, created = self.get_or_create(
            storage=storage,
            path=manifest.path,
            defaults={**values, "state": ArchiveState.STORED, "created_at": DatabaseNow()},
        )
        if created:
            file.refresh_from_db(fields=["created_at"])
        return file, created

    def plan(self, **values: Any) -> ArchiveFile:
        """Record a file that is to be written, so that its name is taken."""
        file = self.create(created_at=DatabaseNow(), **values)
        file.refresh_from_db(fields=["created_at"])
        return file

    def unfinished(self) -> models.QuerySet[ArchiveFile]:
        """Return the files that a crash left between their plan and the end of their rows, oldest first."""
        return self.filter(state__in=[ArchiveState.WRITING, ArchiveState.VERIFIED]).order_by("id")


class ArchiveFile(models.Model):
    """The manifest of one archive file: where it is, what is in it, and how to tell that it is whole."""

    id: int
    storage = models.CharField(max_length=255, help_text="STORAGES alias or dotted path")
    path = models.CharField(max_length=1024)
    day = models.DateField(help_text="Day (UTC) on which its events were received")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(null=True)
    count = models.IntegerField(default=0, help_text="Events in it")
    size = models.BigIntegerField(default=0, help_text="Bytes of the file")
    text_size = models.BigIntegerField(default=0, help_text="Bytes of its text before compression")
    sha256 = models.CharField(max_length=64, default="")
    state = models.SmallIntegerField(choices=ArchiveState.choices, default=ArchiveState.WRITING)
    delete_rows = models.BooleanField(default=True, help_text="Whether its events leave the database")
    created_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(null=True, help_text="When it was last read back and found whole")
    expired_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True, help_text="What the last check found")

    objects = ArchiveFileManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["storage", "path"], name="github_archive_once_per_path"),
        ]
        indexes = [models.Index(fields=["day", "first_id"], name="github_archive_day")]
        verbose_name = "archive"

    def __str__(self) -> str:
        return self.path

    @property
    def manifest_path(self) -> str:
        """Where the manifest object lies: beside the file."""
        return f"{self.path}.manifest.json"

    def record(self, manifest: Manifest) -> None:
        """Move WRITING → VERIFIED: the store gave back the bytes that were written."""
        values = {
            name: getattr(manifest, name)
            for name in ("first_id", "last_id", "count", "size", "text_size", "sha256")
        }
        self._move(
            [ArchiveState.WRITING], ArchiveState.VERIFIED, verified_at=DatabaseNow(), error="", **values
        )

    def settle(self) -> None:
        """Move VERIFIED → STORED: its rows are deleted or marked."""
        self._move([ArchiveState.VERIFIED], ArchiveState.STORED)

    def found_whole(self) -> None:
        """Note a check that found the file whole; a DAMAGED one was mended."""
        state = ArchiveState.STORED if self.state == ArchiveState.DAMAGED else ArchiveState(self.state)
        self._move([self.state], state, verified_at=DatabaseNow(), error="")

    def found_damaged(self, error: str) -> None:
        """Note a check that found the file missing or altered."""
        if self.state == ArchiveState.STORED:
            self._move([ArchiveState.STORED], ArchiveState.DAMAGED, error=error)
        else:
            self._move([self.state], ArchiveState(self.state), error=error)

    def abandon(self, error: str) -> None:
        """Give up an unfinished file whose store is gone; its rows go into another one."""
        self._move([ArchiveState.WRITING, ArchiveState.VERIFIED], ArchiveState.DAMAGED, error=error)

    def expire(self) -> None:
        """Move to EXPIRED: the object is gone, because the policy says so."""
        self._move(
            [ArchiveState.STORED, ArchiveState.DAMAGED], ArchiveState.EXPIRED, expired_at=DatabaseNow()
        )

    def _move(self, origins: list[int], state: ArchiveState, **values: Any) -> None:
        moved = ArchiveFile.objects.filter(pk=self.pk, state__in=origins).update(state=state, **values)
        if not moved:
            raise ArchiveFile.DoesNotExist(f"archive {self.path} is no longer in the state it was in")
        self.state = state
        self.refresh_from_db(fields=list(values))  # the database has dated it


class JobKind(models.TextChoices):
    """What a retention job does."""

    CLEANUP = "cleanup"
    ARCHIVE = "archive"
    RESTORE = "restore"
    VERIFY = "verify"
    EXPIRE = "expire"
    REPLAY = "replay"


class JobState(models.IntegerChoices):
    """Where a job is. Values of 10 and up are final."""

    QUEUED = 0, "queued"
    RUNNING = 1, "running"
    DONE = 10, "done"
    FAILED = 11, "failed"
    CANCELLED = 12, "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job is over."""
        return self >= JobState.DONE


class RetentionJobManager(WriterManager["RetentionJob"]):
    """Hands out jobs, one of a kind at a time, and takes back those whose worker is gone."""

    def unfinished(self) -> models.QuerySet[RetentionJob]:
        """Return the jobs that wait or run, oldest first."""
        return self.filter(state__lt=JobState.DONE).order_by("id")

    def claim(self, pk: int, runner: str) -> RetentionJob | None:
        """Move QUEUED → RUNNING for ``runner`` and return the job; None if another one of its kind runs.

        Jobs of one kind run one at a time, the oldest first; a constraint holds that, not this check.
        """
        job = self.filter(pk=pk, state=JobState.QUEUED).first()
        if job is None or self.unfinished().filter(kind=job.kind, pk__lt=pk).exists():
            return None
        now = DatabaseNow()  # `take_back` may run on a host with another clock
        started = {} if job.started_at else {"started_at": now}
        try:
            with transaction.atomic(using=self.db):
                moved = self.filter(pk=pk, state=JobState.QUEUED).update(
                    state=JobState.RUNNING,
                    runner=runner,
                    heartbeat_at=now,
                    tasks=models.F("tasks") + 1,
                    **started,
                )
        except IntegrityError:
            return None
        return self.get(pk=pk) if moved else None

    def take_back(self, silent_for: dt.timedelta, *, most: int) -> list[int]:
        """Move RUNNING → QUEUED for jobs whose runner has been silent; return their ids.

        A job that took ``most`` workers with it moves to FAILED.
        """
        silent = self.filter(state=JobState.RUNNING, heartbeat_at__lt=DatabaseNow() - silent_for)
        silent.filter(losses__gte=most - 1).update(
            state=JobState.FAILED,
            runner="",
            finished_at=DatabaseNow(),
            losses=models.F("losses") + 1,
            error=f"its worker disappeared {most} times",
        )
        ids = list(silent.values_list("pk", flat=True))
        silent.filter(pk__in=ids).update(state=JobState.QUEUED, runner="", losses=models.F("losses") + 1)
        return ids


class RetentionJob(models.Model):
    """A cleanup, archive, restore, verification or expiry: who asked, what for, how far it got."""

    id: int
    kind = models.CharField(max_length=8, choices=JobKind.choices)
    state = models.SmallIntegerField(choices=JobState.choices, default=JobState.QUEUED)
    parameters = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict, help_text="Where the next task goes on")
    result = models.JSONField(default=dict, help_text="What came out, by name")
    requested_by = models.CharField(max_length=150, default="", help_text="Name of the user who asked for it")
    source = models.CharField(max_length=32, default="", help_text="admin, command, schedule or code")
    total = models.BigIntegerField(null=True, help_text="Events, or files, to be done; an estimate when big")
    processed = models.BigIntegerField(default=0, db_default=0)
    tasks = models.IntegerField(default=0, db_default=0, help_text="How many tasks worked on it")
    losses = models.SmallIntegerField(
        default=0, db_default=0, help_text="How many workers disappeared with it"
    )
    runner = models.CharField(max_length=64, default="", db_default="")
    cancel_requested = models.BooleanField(default=False, db_default=False)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RetentionJobManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(state=JobState.RUNNING.value),
                name="github_retention_one_running_per_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "id"],
                condition=Q(state__lt=JobState.DONE.value),
                name="github_retention_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_final(self) -> bool:
        """Whether the job is over."""
        return JobState(self.state).is_final

    @property
    def percent(self) -> int | None:
        """How far it got, 0 to 100; None while nobody knows how much there is."""
        if self.state == JobState.DONE:
            return 100
        if not self.total:
            return None
        return min(99, int(100 * self.processed / self.total))

    @property
    def rate(self) -> float | None:
        """Events (or files) per second since it started."""
        if self.started_at is None:
            return None
        end = self.finished_at or self.heartbeat_at
        if end is None:
            return None
        seconds = (end - self.started_at).total_seconds()
        return self.processed / seconds if seconds > 0 else None

    def beat(self, **values: Any) -> bool:
        """Save progress and the sign of life; return False if the job was cancelled or is no longer ours."""
        mine = RetentionJob.objects.filter(pk=self.pk, state=JobState.RUNNING, runner=self.runner)
        if not mine.update(**values, heartbeat_at=DatabaseNow()):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self.refresh_from_db(fields=["cancel_requested", "heartbeat_at"])
        return not self.cancel_requested

    def hand_over(self) -> bool:
        """Move RUNNING → QUEUED so that a successor goes on; False when it is no longer ours."""
        return self._leave(JobState.QUEUED)

    def finish(self) -> bool:
        """Move RUNNING → DONE."""
        return self._leave(JobState.DONE, finished_at=DatabaseNow(), error="")

    def fail(self, error: str) -> bool:
        """Move RUNNING → FAILED with what went wrong."""
        return self._leave(JobState.FAILED, finished_at=DatabaseNow(), error=error)

    def stop(self) -> bool:
        """Move RUNNING → CANCELLED, at a point where nothing is half done."""
        return self._leave(JobState.CANCELLED, finished_at=DatabaseNow())

    def request_cancel(self) -> bool:
        """Ask a running job to stop at its next batch, and cancel a queued one at once."""
        queued = RetentionJob.objects.filter(pk=self.pk, state=JobState.QUEUED)
        if queued.update(state=JobState.CANCELLED, finished_at=DatabaseNow(), cancel_requested=True):
            return True
        running = RetentionJob.objects.filter(pk=self.pk, state=JobState.RUNNING)
        return bool(running.update(cancel_requested=True))

    def _leave(self, state: JobState, **values: Any) -> bool:
        values |= {"state": state, "runner": "", "heartbeat_at": DatabaseNow()}
        mine = RetentionJob.objects.filter(pk=self.pk, state=JobState.RUNNING, runner=self.runner)
        left = bool(mine.update(**values))
        if left:
            self.refresh_from_db(fields=list(values))
        return left


def create_job(
    kind: JobKind,
    parameters: Mapping[str, Any],
    *,
    requested_by: str = "",
    source: str = "code",
) -> RetentionJob:
    """Record what is to be done. `django_github_app.retention.jobs` runs it."""
    job = RetentionJob.objects.create(
        kind=kind,
        parameters=dict(parameters),
        requested_by=requested_by,
        source=source,
        created_at=DatabaseNow(),
    )
    job.refresh_from_db(fields=["created_at"])
    return job
