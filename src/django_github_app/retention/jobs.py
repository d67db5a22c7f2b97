"""Run retention as jobs: a bounded time per task, then a successor; one of a kind at a time; resumable.

The row of `RetentionJob` is the truth, the Celery message a hint: a job whose message or worker is lost is found
by `watch`, which beat starts every minute.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable

from django.db import DatabaseError
from django.db.utils import InterfaceError

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError
from django_github_app.maintenance import locks
from django_github_app.models import JobKind, JobState, RetentionJob
from django_github_app.observe.redaction import describe
from django_github_app.process.clock import as_field
from django_github_app.sql.clock import database_now
from django_github_app.sql.dialects import is_about_the_data

from . import requesting
from .kinds import WORK
from .progress import JobStopped, Progress
from .stores import Store

logger = logging.getLogger(__name__)

SAVE_EVERY = 1.0
SILENT_FOR = dt.timedelta(seconds=60)
MOST_LOSSES = 5
MOST_NAMED = 1000
JOBS_KEPT = dt.timedelta(days=90)


class RetentionBusy(GitHubAppError):
    """A job of this kind is running or waiting already, and two would get into each other's way.

    Wait for it, or cancel it in the admin.
    """


class JobProgress(Progress):
    """Keeps the job's row up to date, at most once a second, and hears of its cancellation there."""

    def __init__(self, job: RetentionJob, listener: Callable[[RetentionJob], None] | None = None) -> None:
        self.job = job
        self._listener = listener
        self._saved = time.monotonic()

    def step(self, done: int = 0, **notes: object) -> None:
        self.job.processed += done
        for name, value in notes.items():
            if isinstance(value, int):
                self.job.result[name] = self.job.result.get(name, 0) + value
            else:
                named = self.job.result.setdefault(name, [])
                if len(named) < MOST_NAMED:
                    named.append(value)
        if time.monotonic() - self._saved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write progress down now. Raises JobStopped."""
        self._saved = time.monotonic()
        job = self.job
        alive = job.beat(processed=job.processed, total=job.total, result=job.result, cursor=job.cursor)
        if self._listener is not None:
            self._listener(job)
        if not alive:
            raise JobStopped


def run(pk: int, *, seconds: float | None = None) -> None:
    """Work on a job for a bounded time, then hand over to a successor task."""
    seconds = app_settings.RETENTION_TASK_SECONDS if seconds is None else seconds
    kind = RetentionJob.objects.filter(pk=pk).values_list("kind", flat=True).first()
    if kind is None:
        return
    with alone(kind) as free:
        if not free:  # a worker that everybody thought lost; `watch` asks again
            return
        job = RetentionJob.objects.claim(pk, runner=uuid.uuid4().hex)
        if job is None:
            return
        _work(job, time.monotonic() + seconds)
        if (sink := probes.sink) is not None:
            sink(("retention", str(kind), JobState(job.state).label))
    if job.state == JobState.QUEUED:
        requesting.publish(job.pk)
    elif following := RetentionJob.objects.unfinished().filter(kind=kind).first():
        requesting.publish(following.pk)


def run_here(
    job: RetentionJob,
    *,
    store: Store | None = None,
    listener: Callable[[RetentionJob], None] | None = None,
) -> RetentionJob:
    """Run a job to its end in this process and return it, finished.

    ``store`` instead of the one that the job names; ``listener`` is called whenever progress is saved.
    Raises RetentionBusy when another one of its kind is unfinished, and what made it fail.
    """
    with alone(job.kind) as free:
        claimed = RetentionJob.objects.claim(job.pk, runner=uuid.uuid4().hex) if free else None
        if claimed is None:
            job.delete()
            raise RetentionBusy
        _work(claimed, None, store, listener, reraise=True)
        return claimed


def _work(
    job: RetentionJob,
    deadline: float | None,
    store: Store | None = None,
    listener: Callable[[RetentionJob], None] | None = None,
    *,
    reraise: bool = False,
) -> None:
    progress = JobProgress(job, listener)
    logger.info("retention job runs", extra={"job": job.pk, "kind": job.kind})
    over = True
    try:
        # Closing it lets it end what it has begun.
        with contextlib.closing(WORK[JobKind(job.kind)](job, progress, store)) as steps:
            for _ in steps:
                if deadline is not None and time.monotonic() >= deadline:
                    over = False
                    break
        progress.save()
        if not over:
            job.hand_over()
            return
        job.finish()
        logger.info("retention job is done", extra={"job": job.pk, "result": job.result})
    except JobStopped:
        job.stop()
        logger.warning("retention job was stopped", extra={"job": job.pk})
    except Exception as error:
        if isinstance(error, DatabaseError | InterfaceError) and not is_about_the_data(error):
            # It went away, or refuses to write, and with it the place to say so: `watch` takes the job back.
            logger.exception("retention job lost its database", extra={"job": job.pk})
            raise
        with contextlib.suppress(JobStopped, DatabaseError, InterfaceError):
            progress.save()  # what was done, and what is missing
        job.fail(describe(error))
        logger.exception("retention job failed", extra={"job": job.pk})
        if reraise:
            raise
    except BaseException:  # Ctrl-C, a worker that is told to stop: another one goes on
        job.stop() if reraise else job.hand_over()
        raise
    finally:
        if listener is not None:
            listener(job)


def watch() -> int:
    """Take jobs back whose worker is gone, publish those that wait without a message, forget very old ones."""
    RetentionJob.objects.take_back(SILENT_FOR, most=MOST_LOSSES)
    waiting: dict[str, int] = {}
    for pk, kind in RetentionJob.objects.unfinished().values_list("pk", "kind"):
        waiting.setdefault(kind, pk)
    for pk in waiting.values():
        requesting.publish(pk)
    RetentionJob.objects.filter(
        state__gte=JobState.DONE, created_at__lt=as_field(database_now() - JOBS_KEPT)
    ).delete()
    return len(waiting)


def alone(kind: str) -> contextlib.AbstractContextManager[bool]:
    """Hold the lock of a kind of job, if it is free: a worker that was taken for dead may still be at it."""
    return locks.hold(f"retention {JobKind(kind)}")
