"""A project's own Celery settings and ours: neither takes the place of the other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from django.test import override_settings

from django_github_app.broker.collisions import collisions
from django_github_app.broker.schedules import DATABASE_SCHEDULER, schedules
from django_github_app.celery import configure

OUR_TASKS = {one.task for one in schedules()}
WITHOUT_DATABASE_BEAT = override_settings(INSTALLED_APPS=["django.contrib.contenttypes", "django_github_app"])


def project(**settings: Any) -> Celery:
    app = configure(Celery("project", set_as_current=False, fixups=[]))
    named = {f"CELERY_{name.upper()}": value for name, value in settings.items()}
    app.config_from_object(SimpleNamespace(**named), namespace="CELERY")
    return app


def found(app: Celery) -> list[str]:
    return [one.number for one in collisions(app.conf)]


class OwnRouter:
    def route_for_task(self, task: str, *args: Any, **kwargs: Any) -> dict[str, str]:
        return {"queue": "elsewhere", "exchange": "other", "routing_key": "other"}


@pytest.mark.parametrize(
    "routes",
    [
        {"*": {"queue": "elsewhere"}},
        {"django_github_app.tasks.*": {"queue": "elsewhere"}},
        [("*", {"queue": "elsewhere"})],
        ([("*", {"queue": "elsewhere"})],),
        (OwnRouter(),),
        lambda name, *args, **kwargs: {"queue": "elsewhere"},
    ],
)
def test_no_route_of_the_project_sends_our_tasks_elsewhere(routes: Any) -> None:
    if isinstance(routes, list):
        routes = (routes,)
    router = project(task_routes=routes).amqp.router
    sent = router.route({}, "django_github_app.tasks.sweep", (), {})
    assert (sent["queue"].name, sent.get("exchange")) == ("github.maintenance", None)
    assert router.route({}, "django_github_app.tasks.process_events", (), {})["queue"].name == "github.sync"


def test_the_projects_own_tasks_go_where_it_says() -> None:
    router = project(task_routes={"shop.*": {"queue": "shop"}}, task_default_queue="own").amqp.router
    assert router.route({}, "shop.tasks.pay", (), {})["queue"].name == "shop"
    assert router.route({}, "other", (), {})["queue"].name == "own"


def test_our_tasks_know_their_queue_in_an_app_that_never_called_configure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django_github_app import tasks

    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args, kwargs, **options: sent.append(options)
    )
    tasks.sweep.apply_async()
    tasks.process_events.delay([1])
    tasks.sweep.apply_async(queue="mine", expires=3)
    assert [one.get("queue") for one in sent] == ["github.maintenance", "github.sync", "mine"]


def test_the_queue_of_each_task_of_ours_stands_on_the_task() -> None:
    from celery import Task

    from django_github_app import tasks

    ours = [one for one in vars(tasks).values() if isinstance(one, Task)]
    assert {one.name for one in ours} >= OUR_TASKS
    assert [one.name for one in ours if not isinstance(one, tasks.GitHubTask)] == []


def test_transport_options_are_the_union_and_the_projects_win() -> None:
    app = project(broker_transport_options={"visibility_timeout": 7200, "global_keyprefix": "shop:"})
    options = app.conf.broker_transport_options
    assert options["visibility_timeout"] == 7200
    assert options["global_keyprefix"] == "shop:"
    assert options["socket_connect_timeout"] == 5
    assert options["health_check_interval"] == 25


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


def test_a_beat_without_our_schedules_is_found() -> None:
    with WITHOUT_DATABASE_BEAT:
        app = project()
        assert found(app) == []
        app.conf.beat_schedule = {"own": {"task": "shop.close", "schedule": 60}}
        assert found(app) == ["W012"]
        app.conf.beat_scheduler = DATABASE_SCHEDULER
        assert found(app) == ["E007"]


def test_an_app_that_never_called_configure_is_found() -> None:
    (late, *_) = collisions(Celery("bare", set_as_current=False, fixups=[]).conf)
    assert late.number == "W008"
    assert "configure(app)" in late.hint


def test_routes_that_name_our_tasks_are_found() -> None:
    assert found(project(task_routes={"django_github_app.tasks.*": {"queue": "x"}})) == ["W011"]
    assert found(project(task_routes={"*": {"queue": "x"}})) == []


def test_queues_that_may_not_be_created_are_found() -> None:
    from kombu import Queue

    assert found(project(task_queues=[Queue("own")])) == ["W003"]
    assert found(project(task_queues=[Queue("own")], task_create_missing_queues=False)) == ["E006"]
    ours = [Queue(f"github.{name}") for name in ("sync", "async", "maintenance")]
    assert found(project(task_queues=ours, task_create_missing_queues=False)) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"task_serializer": "pickle", "accept_content": ["pickle"]}, []),
        ({"task_serializer": "pickle", "accept_content": ["json"]}, ["E008"]),
        ({"task_serializer": "json", "accept_content": ["pickle"]}, ["E008"]),
        ({"task_serializer": "raw", "accept_content": ["raw"]}, ["E008"]),
        ({"task_serializer": "nobody", "accept_content": ["json"]}, ["E008"]),
    ],
)
def test_a_serializer_that_cannot_carry_our_messages_is_found(
    settings: dict[str, Any], expected: list[str]
) -> None:
    assert found(project(**settings)) == expected
