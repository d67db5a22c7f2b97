"""What beat starts, whichever scheduler it has."""

from __future__ import annotations

from celery import Celery

from django_github_app.broker.collisions import collisions
from django_github_app.broker.schedules import DATABASE_SCHEDULER, schedules
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
