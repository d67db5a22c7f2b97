"""Jobs: one of a kind at a time, a bounded time per task, and nothing lost with a worker or a message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from django_github_app import retention
from django_github_app.models import EventLog, JobKind, JobState, RetentionJob
from django_github_app.models.retention import create_job
from django_github_app.retention import RetentionBusy, jobs, requesting
from django_github_app.retention import kinds as work
from django_github_app.retention.progress import JobStopped
from tests.support.retention import an_event, picture

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the jobs that were published, in order."""
    ids: list[int] = []
    monkeypatch.setattr(requesting, "publish", ids.append)
    return ids


def cleanup_job(days: int = 7) -> RetentionJob:
    return create_job(JobKind.CLEANUP, requesting.cleanup_parameters(days))


def test_a_job_does_its_work_and_says_so(published: list[int]) -> None:
    for _ in range(3):
        an_event(days=10)
    job = cleanup_job()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.processed, job.total, job.result, job.percent) == (
        JobState.DONE,
        3,
        3,
        {"deleted": 3},
        100,
    )
    assert job.finished_at is not None
    assert published == []


def test_a_task_that_used_its_time_hands_over_to_a_successor(published: list[int], settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_BATCH_SIZE": 2}
    ids = [an_event(days=10).pk for _ in range(5)]
    job = cleanup_job()
    jobs.run(job.pk, seconds=0)
    job.refresh_from_db()
    assert (job.state, job.processed, job.cursor) == (JobState.QUEUED, 2, {"after": ids[1]})
    assert published == [job.pk]
    jobs.run(job.pk, seconds=0)
    jobs.run(job.pk, seconds=0)
    jobs.run(job.pk, seconds=0)
    job.refresh_from_db()
    assert (job.state, job.processed, job.tasks) == (JobState.DONE, 5, 4)
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("kind", [JobKind.ARCHIVE, JobKind.VERIFY, JobKind.RESTORE, JobKind.EXPIRE])
def test_jobs_over_files_hand_over_between_files(folder: Path, published: list[int], kind: JobKind) -> None:
    for day in (9, 10, 11):
        an_event(days=day)
    before = picture()
    parameters: dict[str, Any] = {"days_to_keep": 0}
    if kind is JobKind.ARCHIVE:
        parameters = requesting.archive_parameters(7)
    else:
        EventLog.objects.archive_events(7)
    if kind is JobKind.RESTORE:
        parameters = requesting.restore_parameters(retention.Filter())
    job = create_job(kind, parameters)
    for _ in range(4):
        jobs.run(job.pk, seconds=0)
    job.refresh_from_db()
    assert (job.state, job.processed) == (JobState.DONE, 3)
    if kind is JobKind.ARCHIVE:  # a task ends with the last file that it has begun
        assert 2 <= job.tasks <= 4
        assert (job.result["archived"], len(job.result["files"])) == (3, 3)
    else:
        assert job.tasks == 4
    assert published == [job.pk] * (job.tasks - 1)
    assert picture() == (before if kind is JobKind.RESTORE else {})


def test_jobs_of_one_kind_run_one_at_a_time_the_oldest_first(published: list[int]) -> None:
    first, second = cleanup_job(), cleanup_job()
    jobs.run(second.pk)
    assert RetentionJob.objects.get(pk=second.pk).state == JobState.QUEUED
    jobs.run(first.pk)
    assert published == [second.pk]
    jobs.run(second.pk)
    assert RetentionJob.objects.get(pk=second.pk).state == JobState.DONE


def test_the_database_refuses_a_second_running_job_of_a_kind() -> None:
    first, second = cleanup_job(), cleanup_job()
    assert RetentionJob.objects.claim(first.pk, "one") is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionJob.objects.filter(pk=second.pk).update(state=JobState.RUNNING)


def test_a_job_is_claimed_once() -> None:
    job = cleanup_job()
    assert RetentionJob.objects.claim(job.pk, "one") is not None
    assert RetentionJob.objects.claim(job.pk, "two") is None


def test_what_is_asked_for_here_and_now_does_not_run_beside_a_job(folder: Path) -> None:
    an_event(days=10)
    job = create_job(JobKind.ARCHIVE, requesting.archive_parameters(7))
    assert RetentionJob.objects.claim(job.pk, "somebody") is not None
    with pytest.raises(RetentionBusy):
        EventLog.objects.archive_events(7)
    assert RetentionJob.objects.count() == 1
    assert EventLog.objects.exists()


def test_a_queued_job_is_cancelled_at_once(published: list[int]) -> None:
    an_event(days=10)
    job = cleanup_job()
    assert job.request_cancel()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert EventLog.objects.exists()
    assert not job.request_cancel()


def test_a_running_job_stops_at_its_next_batch(
    published: list[int], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_BATCH_SIZE": 2}
    monkeypatch.setattr(jobs, "SAVE_EVERY", 0)
    for _ in range(5):
        an_event(days=10)
    job = cleanup_job()
    original = work.WORK[JobKind.CLEANUP]

    def cancelled_after_the_first(*arguments: Any) -> Iterator[None]:
        for _ in original(*arguments):
            job.request_cancel()
            yield

    monkeypatch.setattr(jobs, "WORK", {JobKind.CLEANUP: cancelled_after_the_first})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert EventLog.objects.count() == 1
    assert job.processed == 4


def test_a_job_whose_worker_is_gone_is_taken_back_and_goes_on(published: list[int]) -> None:
    an_event(days=10)
    job = cleanup_job()
    assert RetentionJob.objects.claim(job.pk, "lost worker") is not None
    assert jobs.watch() == 1
    assert RetentionJob.objects.get(pk=job.pk).state == JobState.RUNNING
    RetentionJob.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=5))
    jobs.watch()
    assert published[-1] == job.pk
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.losses, job.tasks) == (JobState.DONE, 1, 2)


def test_a_job_that_takes_every_worker_with_it_fails() -> None:
    job = cleanup_job()
    claims = 0
    while RetentionJob.objects.claim(job.pk, "unlucky") is not None:
        claims += 1
        RetentionJob.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=5))
        RetentionJob.objects.take_back(jobs.SILENT_FOR, most=3)
    job.refresh_from_db()
    assert (claims, job.state, job.losses) == (3, JobState.FAILED, 3)
    assert "disappeared 3 times" in job.error


def test_a_worker_that_was_taken_for_dead_cannot_speak_for_the_job(published: list[int]) -> None:
    job = cleanup_job()
    late = RetentionJob.objects.claim(job.pk, "late")
    assert late is not None
    RetentionJob.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=5))
    jobs.watch()
    assert RetentionJob.objects.claim(job.pk, "next") is not None
    assert not late.beat(processed=1_000_000)
    assert not late.finish()
    assert not late.hand_over()
    job.refresh_from_db()
    assert (job.state, job.processed, job.runner) == (JobState.RUNNING, 0, "next")
    with pytest.raises(JobStopped):
        jobs.JobProgress(late).save()


def refuse(error: Exception) -> list[None]:
    """Raise an error where steps are asked for."""
    raise error


def test_a_job_that_fails_says_why_and_lets_the_next_one_run(
    published: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Iterator[None]:
        yield from refuse(ValueError("no good"))

    monkeypatch.setattr(jobs, "WORK", {JobKind.CLEANUP: broken})
    first, second = cleanup_job(), cleanup_job()
    jobs.run(first.pk)
    first.refresh_from_db()
    assert (first.state, first.error) == (JobState.FAILED, "ValueError: no good")
    assert published == [second.pk]


def test_a_job_that_loses_its_database_waits_to_be_taken_back(
    published: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*arguments: Any) -> Iterator[None]:
        yield from refuse(OperationalError("server closed the connection unexpectedly"))

    monkeypatch.setattr(jobs, "WORK", {JobKind.CLEANUP: gone})
    job = cleanup_job()
    with pytest.raises(OperationalError):
        jobs.run(job.pk)
    assert RetentionJob.objects.get(pk=job.pk).state == JobState.RUNNING


def test_a_job_does_not_run_while_another_process_holds_the_lock_of_its_kind(published: list[int]) -> None:
    job = cleanup_job()
    with jobs.alone(JobKind.CLEANUP) as free:
        assert free
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.QUEUED
        with jobs.alone(JobKind.ARCHIVE) as other_kind:
            assert other_kind
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_finished_jobs_are_forgotten_after_some_months(published: list[int]) -> None:
    old = RetentionJob.objects.create(
        kind=JobKind.CLEANUP, state=JobState.DONE, created_at=timezone.now() - dt.timedelta(days=91)
    )
    young = RetentionJob.objects.create(kind=JobKind.CLEANUP, state=JobState.DONE)
    jobs.watch()
    assert list(RetentionJob.objects.all()) == [young]
    assert old.pk != young.pk
