"""What in a project's Celery settings keeps ours from working is found."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from django_github_app.broker.collisions import collisions
from django_github_app.broker.schedules import DATABASE_SCHEDULER
from tests.support.celery_project import WITHOUT_DATABASE_BEAT, project


def found(app: Celery) -> list[str]:
    return [one.number for one in collisions(app.conf)]


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
