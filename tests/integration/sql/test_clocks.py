"""Hosts whose clocks are minutes off: what the database dated is compared with the database's clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from django_github_app import routing
from django_github_app.execution import batches, event
from django_github_app.github import SyncGitHubAPI
from django_github_app.maintenance import reconcile
from django_github_app.models import (
    CommandClaim,
    EventLog,
    EventStatus,
    Installation,
    JobKind,
    JobState,
    RetentionJob,
    RunStatus,
)
from django_github_app.models.commands import CommandOutcome
from django_github_app.models.retention import create_job
from django_github_app.process.clock import as_aware
from django_github_app.retention import policy
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims as moves
from django_github_app.sql.clock import database_now
from tests.support.rows import stored

pytestmark = pytest.mark.django_db

OFF = [dt.timedelta(minutes=-10), dt.timedelta(minutes=10)]


@pytest.fixture(params=OFF, ids=["behind", "ahead"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dt.timedelta:
    """Let this host's clock be minutes off."""
    off: dt.timedelta = request.param
    right_now, now_utc = timezone.now, event.now_utc
    monkeypatch.setattr(timezone, "now", lambda: right_now() + off)
    monkeypatch.setattr(event, "now_utc", lambda: now_utc() + off)
    return off


def test_a_retry_that_is_due_is_made_whatever_the_hosts_clock_says(
    wrong_clock: dt.timedelta, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETRY_BACKOFF": 0.0}
    calls: list[int] = []
    monkeypatch.setattr(GitHubRouter, "ensure_sync_handlers_loaded", lambda: None)

    def fails_once(event: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError

    monkeypatch.setattr(routing, "match", _matcher(fails_once))
    pk = stored("push")
    batches.process([pk], "sync")
    assert EventLog.objects.get(pk=pk).status == EventStatus.RETRYING
    batches.process([pk], "sync")
    assert len(calls) == 2
    assert EventLog.objects.get(pk=pk).status == EventStatus.DONE


def _matcher(callback: Any) -> Any:
    from django_github_app.routing.binding import Call

    return lambda made, worker_type: [Call("event", "tests.fails_once", callback)]


def test_a_retry_that_is_not_due_waits_by_the_databases_clock(wrong_clock: dt.timedelta) -> None:
    pk = stored("push")
    (claimed,) = moves.claim([pk], lease=60)
    run = moves.RunOutcome(
        pk, "event", "app.handler", 0, RunStatus.RETRYING, 1, event.now_utc(), 1.0, retry_in=100.0
    )
    moves.finish([moves.EventOutcome(pk, claimed.attempt, EventStatus.RETRYING, 0.0)], [run])
    (again,) = moves.claim([pk], lease=60)
    due_in = again.runs["app.handler", 0].due_in
    assert due_in is not None
    assert 0 < due_in <= 100


def test_a_job_that_is_alive_is_not_taken_back_by_a_host_with_another_clock(
    wrong_clock: dt.timedelta,
) -> None:
    create_job(JobKind.CLEANUP, {})
    job = RetentionJob.objects.claim(RetentionJob.objects.get().pk, runner="one")
    assert job is not None
    assert RetentionJob.objects.take_back(dt.timedelta(seconds=60), most=5) == []
    assert job.beat(processed=1)
    assert RetentionJob.objects.take_back(dt.timedelta(seconds=60), most=5) == []


def test_a_job_whose_runner_is_gone_is_taken_back_by_a_host_with_another_clock(
    wrong_clock: dt.timedelta,
) -> None:
    create_job(JobKind.CLEANUP, {})
    job = RetentionJob.objects.claim(RetentionJob.objects.get().pk, runner="one")
    assert job is not None
    silent = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90)
    RetentionJob.objects.filter(pk=job.pk).update(heartbeat_at=silent)
    assert RetentionJob.objects.take_back(dt.timedelta(seconds=60), most=5) == [job.pk]


def test_a_job_that_ended_knows_when() -> None:
    create_job(JobKind.CLEANUP, {})
    job = RetentionJob.objects.claim(RetentionJob.objects.get().pk, runner="one")
    assert job is not None
    assert job.finish()
    assert job.state == JobState.DONE
    assert isinstance(job.finished_at, dt.datetime)


def test_what_is_due_for_retention_is_decided_by_the_clock_that_dated_the_events(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = wrong_clock
    monkeypatch.setattr(policy, "utc_now", lambda: dt.datetime.now(dt.UTC) + off)
    true_now = dt.datetime.now(dt.UTC)
    for cutoff in policy.Cutoffs.from_days(1).by_status.values():
        assert abs(cutoff - (true_now - dt.timedelta(days=1))) < dt.timedelta(minutes=1)


def test_a_command_is_overdue_by_the_clock_that_dated_it(wrong_clock: dt.timedelta) -> None:
    CommandClaim.objects.take("key", 1, command="build", actor="octocat")
    CommandClaim.objects.acknowledge("key")
    now = database_now()
    (claim,) = CommandClaim.objects.overdue(now + dt.timedelta(seconds=60), limit=5)
    for moment in (claim.taken_at, claim.acknowledged_at):
        assert moment is not None
        assert abs(as_aware(moment) - now) < dt.timedelta(minutes=1)
    assert CommandClaim.objects.overdue(now - dt.timedelta(seconds=60), limit=5) == []
    CommandClaim.objects.finish("key", CommandOutcome.FAILED, owed="confused")
    assert CommandClaim.objects.owed_between(now - dt.timedelta(minutes=1), now + dt.timedelta(minutes=1), 5)


def test_an_installation_that_was_reconciled_lately_is_left_alone_whatever_the_hosts_clock_says(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation.objects.create(installation_id=7, data={})
    monkeypatch.setattr(SyncGitHubAPI, "getiter", lambda self, url, **options: iter(()))
    reconcile.reconcile_repositories(installation)
    installation.refresh_from_db()
    assert installation.reconciled_at is not None
    assert abs(as_aware(installation.reconciled_at) - database_now()) < dt.timedelta(minutes=1)
