"""Events are chosen by what they are and run again, at a pace, by a job that can be cancelled."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from django.utils import timezone

from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, JobKind, JobState, RetentionJob, RunStatus
from django_github_app.retention import jobs, replaying, requesting
from django_github_app.retention.replaying import Choice
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)
    monkeypatch.setattr(requesting, "publish", lambda pk: None)


def chosen(choice: Choice) -> list[int]:
    return [pk for ids, _ in choice.pages(choice.start(), replaying.newest_id()) for pk in ids]


def failed_event(handler: str = "app.bad", **values: Any) -> EventLog:
    event = an_event(status=EventStatus.DEAD, worker_type="sync", **values)
    a_run(event, handler="app.good")
    a_run(event, handler=handler, status=RunStatus.DEAD)
    return event


def test_events_are_chosen_by_failure_handler_event_repository_and_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replaying, "CANDIDATES", 2)
    old = failed_event(days=5, repository="octo/hello")
    new = failed_event("app.worse", days=0.01, event="push", repository="octo/other")
    done = an_event(days=0.01, action="closed")
    an_event(status=EventStatus.PENDING)
    since = timezone.now() - dt.timedelta(hours=2)
    for choice, expected in (
        (Choice(failed=True), [old, new]),
        (Choice(failed=True, handler="app.bad"), [old]),
        (Choice(failed=True, handler="worse"), [new]),
        (Choice(failed=True, handler="app.good"), []),
        (Choice(handler="app.good"), [old, new]),
        (Choice(failed=True, repository="octo/other"), [new]),
        (Choice(failed=True, event="push"), [new]),
        (Choice(event="issues.closed"), [done]),
        (Choice(since=since), [new, done]),
        (Choice(), [old, new, done]),
    ):
        assert chosen(choice) == [event.pk for event in expected], choice
        assert Choice.from_json(json.loads(json.dumps(choice.to_json()))) == choice
    assert replaying.count(Choice(), 10) == (3, False)
    assert replaying.count(Choice(), 1) == (1, True)


def test_the_start_of_a_time_is_found_in_the_primary_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "MARGIN", 0)
    events = [an_event(days=day) for day in (9, 8, 7, 3, 2, 1)]
    EventLog.objects.filter(pk=events[1].pk).delete()
    assert replaying.last_id_before(timezone.now() - dt.timedelta(days=5)) == events[2].pk
    assert replaying.last_id_before(timezone.now() - dt.timedelta(days=50)) < events[0].pk


def test_a_job_runs_failed_handlers_only_each_event_once_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [failed_event() for _ in range(5)]
    queued: list[int] = []
    replay = publishing.replay

    def noted(ids: list[int], *, failed_only: bool) -> list[int]:
        queued.extend(ids)
        found = replay(ids, failed_only=failed_only)
        EventLog.objects.filter(pk__in=ids).update(status=EventStatus.DEAD)  # it fails again at once
        return found

    monkeypatch.setattr(publishing, "replay", noted)
    job = requesting.enqueue(JobKind.REPLAY, requesting.replay_parameters(Choice(failed=True), rate=4))
    jobs.run(job.pk, seconds=0)
    job.refresh_from_db()
    assert (job.state, queued) == (JobState.QUEUED, [event.pk for event in events[:2]])
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert job.result["queued"] == 5
    assert job.processed == job.total
    assert queued == [event.pk for event in events]
    assert dict(events[0].runs.values_list("handler", "status")) == {
        "app.good": RunStatus.SUCCEEDED,
        "app.bad": RunStatus.RETRYING,
    }


def test_a_job_is_cancelled_at_its_next_portion() -> None:
    events = [failed_event() for _ in range(3)]
    job = requesting.enqueue(JobKind.REPLAY, requesting.replay_parameters(Choice(failed=True), rate=2))
    jobs.run(job.pk, seconds=0)
    assert RetentionJob.objects.get(pk=job.pk).request_cancel()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert EventLog.objects.filter(status=EventStatus.DEAD).count() == len(events) - 1


def test_the_pace_is_kept() -> None:
    began = time.monotonic()
    portions = list(replaying.Pace(20).portions(list(range(25))))
    assert [len(portion) for portion in portions] == [10, 10, 5]
    assert time.monotonic() - began >= 0.99
