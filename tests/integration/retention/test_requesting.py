"""Asking for a job: what it is told, and when a worker hears of it."""

from __future__ import annotations

from typing import Any

import kombu.exceptions
import pytest

from django_github_app import retention
from django_github_app.broker import publisher
from django_github_app.models import JobKind, JobState, RetentionJob
from django_github_app.models.retention import create_job
from django_github_app.retention import requesting
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.replaying import Choice
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


def test_the_moment_of_asking_decides_what_is_old() -> None:
    parameters = requesting.cleanup_parameters(7)
    event = an_event(days=7.5)
    assert set(parameters) == {"cutoffs"}
    assert Cutoffs.from_json(parameters["cutoffs"]).latest > event.received_at
    assert requesting.cleanup_parameters(only=[3, 1])["only"] == [1, 3]


def test_replaying_failures_calls_what_failed_unless_everything_is_asked_for() -> None:
    failed = Choice(failed=True)
    assert requesting.replay_parameters(failed)["failed_only"]
    assert not requesting.replay_parameters(failed, from_start=True)["failed_only"]
    assert not requesting.replay_parameters(Choice())["failed_only"]


def test_a_broker_that_is_down_is_no_error_and_the_job_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise kombu.exceptions.OperationalError("connection refused")

    monkeypatch.setattr(publisher, "send", refuse)
    job = create_job(JobKind.CLEANUP, requesting.cleanup_parameters(7))
    requesting.publish(job.pk)
    (record,) = caplog.records
    assert record.getMessage() == "retention job waits, the broker does not answer"
    assert (record.__dict__["job"], record.__dict__["error"]) == (job.pk, "OperationalError")
    assert RetentionJob.objects.get(pk=job.pk).state == JobState.QUEUED


def test_an_enqueued_job_is_published_after_the_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    published: list[int] = []
    monkeypatch.setattr(requesting, "publish", published.append)
    with django_capture_on_commit_callbacks(execute=True):
        job = retention.enqueue(JobKind.CLEANUP, requesting.cleanup_parameters(7), requested_by="octocat")
        assert published == []
    assert published == [job.pk]
    assert (job.requested_by, job.source) == ("octocat", "code")
