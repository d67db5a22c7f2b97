"""Maintenance tasks run on a connection that Celery, or a pool, keeps from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import signals
from django.db import InternalError, connection

from django_github_app import tasks
from django_github_app.maintenance import sweep as recovery
from django_github_app.models import JobState, RetentionJob
from django_github_app.models.retention import JobKind, create_job
from django_github_app.retention import jobs, kinds, requesting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_ours_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery applications that other tests have imported close old connections before each task."""
    monkeypatch.setattr(signals.task_prerun, "receivers", [])


def fail_over() -> None:
    """Leave this thread's session on a server that is read-only: it answers, and refuses every write."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


@pytest.mark.parametrize("task", [tasks.sweep, tasks.watch_retention_jobs, tasks.plan_schedules])
def test_a_session_on_a_server_that_became_read_only_serves_one_task_at_most(
    task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_job(JobKind.CLEANUP, requesting.cleanup_parameters())
    RetentionJob.objects.update(state=JobState.RUNNING, heartbeat_at="2026-01-01T00:00:00Z")
    monkeypatch.setattr(requesting, "publish", lambda pk: None)
    monkeypatch.setattr(recovery, "publish", list)
    assert task.apply().successful()
    RetentionJob.objects.update(state=JobState.RUNNING, heartbeat_at="2026-01-01T00:00:00Z")
    fail_over()
    assert isinstance(task.apply().result, InternalError)
    assert task.apply().successful()


def test_a_connection_on_which_nothing_failed_is_kept() -> None:
    tasks.sweep.apply()
    raw = connection.connection
    tasks.sweep.apply()
    assert connection.connection is raw


def test_a_retention_job_whose_session_is_read_only_waits_to_be_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = create_job(JobKind.CLEANUP, requesting.cleanup_parameters())
    monkeypatch.setattr(requesting, "publish", lambda pk: None)
    original: Callable[..., Any] = kinds.WORK[JobKind.CLEANUP]

    def losing(*given: Any) -> Any:
        fail_over()
        yield from original(*given)

    monkeypatch.setattr(jobs, "WORK", {**kinds.WORK, JobKind.CLEANUP: losing})
    assert isinstance(tasks.run_retention_job.apply((job.pk,)).result, InternalError)
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
