"""Hosts whose clocks are minutes off: what the database dated is compared with the database's clock."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone

from django_github_app import retention, routing
from django_github_app.admin.replay_page import ReplayForm
from django_github_app.cli.ready import ready
from django_github_app.cli.replay import Ago
from django_github_app.execution import batches, failures
from django_github_app.github import SyncGitHubAPI
from django_github_app.maintenance import heartbeat, planning, reconcile
from django_github_app.models import (
    ArchiveFile,
    CommandClaim,
    EventLog,
    EventStatus,
    Installation,
    JobKind,
    JobState,
    Lock,
    RetentionJob,
    RunStatus,
)
from django_github_app.models.commands import CommandOutcome
from django_github_app.models.retention import create_job
from django_github_app.observe import collecting, gauges, pulses, start, watch
from django_github_app.process.clock import as_aware
from django_github_app.retention import policy
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims as moves
from django_github_app.sql import restore as sql_restore
from django_github_app.sql.clock import database_now
from tests.support.retention import an_event
from tests.support.rows import stored

pytestmark = pytest.mark.django_db

OFF = [dt.timedelta(minutes=-10), dt.timedelta(minutes=10)]


@pytest.fixture(params=OFF, ids=["behind", "ahead"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dt.timedelta:
    """Let this host's clock be minutes off."""
    off: dt.timedelta = request.param
    right_now, now_utc = timezone.now, failures.now_utc
    monkeypatch.setattr(timezone, "now", lambda: right_now() + off)
    for module in ("event", "failures"):
        monkeypatch.setattr(f"django_github_app.execution.{module}.now_utc", lambda: now_utc() + off)
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
        pk, "event", "app.handler", 0, RunStatus.RETRYING, 1, failures.now_utc(), 1.0, retry_in=100.0
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


# What other hosts read


def _wrong(monkeypatch: pytest.MonkeyPatch, off: dt.timedelta, *modules: Any) -> None:
    """Let these modules, where they ask the host for the time, have a wrong answer."""
    for module in modules:
        monkeypatch.setattr(module, "utc_now", lambda: dt.datetime.now(dt.UTC) + off, raising=False)


def test_a_sign_of_life_is_as_old_as_the_database_says(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wrong(monkeypatch, wrong_clock, pulses)
    pulses.note(pulses.SWEEP)
    pulses.note(pulses.BEAT, ago=dt.timedelta(seconds=20))
    present = gauges.look()
    assert present.sweep_age == pytest.approx(0, abs=10)
    assert present.beat_age == pytest.approx(20, abs=10)
    monkeypatch.undo()
    _wrong(monkeypatch, wrong_clock, gauges)
    assert gauges.look().sweep_age == pytest.approx(0, abs=10)
    assert CliRunner().invoke(ready, ["beat"]).exit_code == 0


def test_the_turn_to_look_for_outages_passes_on_whatever_the_clock_of_who_had_it(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wrong(monkeypatch, wrong_clock, watch)
    watch.look(broker=False)
    until = as_aware(Lock.objects.get(name=watch.LOCK).expires_at)
    assert abs(until - database_now()) < dt.timedelta(minutes=2)


def test_counters_of_all_hosts_are_of_the_same_minute(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    _wrong(monkeypatch, wrong_clock, start)
    monkeypatch.setattr(start, "_write_rollups", written.extend)
    monkeypatch.setattr(collecting.counts(), "take_rollups", lambda: {("events", "done"): [1, 0.0]})
    start._roll_up()
    (moment,) = (starts_at for seconds, starts_at, *_ in written if seconds == 60)
    assert abs(moment - database_now()) < dt.timedelta(minutes=2)


def test_when_the_sweep_ran_is_told_by_the_clock_of_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 600)
    heartbeat.note()
    monkeypatch.undo()
    ran = heartbeat.latest()
    assert ran is not None
    assert abs(ran - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_schedules_are_planned_by_the_clock_that_dated_the_last_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    moments: list[float] = []

    monkeypatch.setattr(planning, "_scheduled", lambda: [None])

    def plan(registration: Any, now: float) -> int:
        moments.append(now)
        return 0

    monkeypatch.setattr(planning, "_plan", plan)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 600)
    planning.plan()
    assert moments == [pytest.approx(database_now().timestamp(), abs=60)]


def test_retention_is_dated_by_the_database(
    wrong_clock: dt.timedelta, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    _wrong(monkeypatch, wrong_clock, sql_restore)
    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "archives"}
    an_event()
    EventLog.objects.archive_events(0)
    retention.restore_events(retention.Filter())
    (file,), (event,) = ArchiveFile.objects.all(), EventLog.objects.all()
    file.found_whole()
    file.expire()
    for moment in (
        file.created_at,
        file.verified_at,
        file.expired_at,
        event.restored_at,
        *RetentionJob.objects.values_list("created_at", flat=True),
    ):
        assert moment is not None
        assert abs(as_aware(moment) - database_now()) < dt.timedelta(minutes=1)


def test_what_is_chosen_by_age_is_chosen_by_the_clock_that_dated_it(wrong_clock: dt.timedelta) -> None:
    asked = ReplayForm({"hours": "1", "rate": "50", "failed": "on"})
    assert asked.is_valid()
    hour_ago = database_now() - dt.timedelta(hours=1)
    since = asked.choice().since
    assert since is not None
    assert abs(since - hour_ago) < dt.timedelta(minutes=1)
    assert abs(Ago().convert("1h", None, None) - hour_ago) < dt.timedelta(minutes=1)
