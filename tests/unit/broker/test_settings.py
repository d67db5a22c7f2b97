"""A project's own Celery settings and ours: neither takes the place of the other."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.broker.schedules import schedules
from tests.support.celery_project import project


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
    assert {one.name for one in ours} >= {one.task for one in schedules()}
    assert [one.name for one in ours if not isinstance(one, tasks.GitHubTask)] == []


def test_transport_options_are_the_union_and_the_projects_win() -> None:
    app = project(broker_transport_options={"visibility_timeout": 7200, "global_keyprefix": "shop:"})
    options = app.conf.broker_transport_options
    assert options["visibility_timeout"] == 7200
    assert options["global_keyprefix"] == "shop:"
    assert options["socket_connect_timeout"] == 5
    assert options["health_check_interval"] == 25
