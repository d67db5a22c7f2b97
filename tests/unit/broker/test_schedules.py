"""What beat starts, whichever scheduler it has."""

from __future__ import annotations

import datetime as dt

import pytest
from celery import Celery
from celery.worker import request as received
from kombu.message import Message

from django_github_app import tasks
from django_github_app.broker.collisions import collisions
from django_github_app.broker.schedules import DATABASE_SCHEDULER, schedules
from django_github_app.conf import app_settings
from tests.support.celery_project import WITHOUT_DATABASE_BEAT, project

OUR_TASKS = {one.task for one in schedules()}


def found(app: Celery) -> list[str]:
    return [one.number for one in collisions(app.conf)]


def test_both_schedules_run_without_django_celery_beat() -> None:
    own = {"shop": {"task": "shop.tasks.close", "schedule": 60}}
    with WITHOUT_DATABASE_BEAT:
        app = project(beat_schedule=own)
        assert {entry["task"] for entry in app.conf.beat_schedule.values()} == OUR_TASKS | {
            "shop.tasks.close"
        }
        assert found(app) == []
        edited = project(
            beat_schedule={"github: sweep": {"task": "django_github_app.tasks.sweep", "schedule": 1}}
        )
        assert edited.conf.beat_schedule["github: sweep"]["schedule"] == 1
        assert {entry["task"] for entry in edited.conf.beat_schedule.values()} == OUR_TASKS


def test_a_project_that_chose_another_scheduler_than_the_installed_one_has_our_schedules_too() -> None:
    assert project().conf.beat_scheduler == DATABASE_SCHEDULER
    assert project().conf.beat_schedule == {}
    for scheduler in ("celery.beat:PersistentScheduler", "redbeat.RedBeatScheduler"):
        app = project(beat_scheduler=scheduler)
        assert {entry["task"] for entry in app.conf.beat_schedule.values()} == OUR_TASKS
        assert app.conf.beat_scheduler == scheduler


@pytest.mark.parametrize("off", [-20, 20], ids=["behind", "ahead"])
def test_a_worker_whose_clock_is_minutes_off_beats_runs_what_beat_sends(
    monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    """Seen in `make multihost`: a host seven minutes ahead threw every sweep away that it took from the queue."""
    sent, of_worker = dt.datetime.now(dt.UTC), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=off)

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # of no class of its own
            return of_worker.astimezone(tz)

    monkeypatch.setattr(received, "datetime", Clock)
    monkeypatch.setattr(received, "revoked_tasks", set())
    app = project()
    for schedule in schedules():
        headers = {
            "task": schedule.task,
            "id": schedule.name,
            "expires": (sent + dt.timedelta(seconds=schedule.expires)).isoformat(),
        }
        message = received.Request(
            Message(headers=headers, delivery_info={}),
            app=app,
            headers=headers,
            decoded=True,
            body=([], {}, {}),
            task=tasks.sweep,
        )
        assert not message.revoked(), schedule.name


def test_no_more_than_an_hours_messages_of_beat_wait_for_a_worker() -> None:
    for schedule in schedules():
        assert schedule.expires == max(schedule.every, 3600)
    assert app_settings.SWEEP_INTERVAL >= 1
