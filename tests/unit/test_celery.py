from __future__ import annotations

from types import SimpleNamespace

import pytest
from celery import Celery

from django_github_app.celery import configure

SETTINGS = SimpleNamespace(
    CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT=3, CELERY_BROKER_URL="redis://broker/7", CELERY_TASK_TIME_LIMIT=60
)


def new_app() -> Celery:
    return Celery("project", set_as_current=False, fixups=[])


@pytest.mark.parametrize("already_configured", [False, True])
def test_what_the_project_sets_wins_and_the_rest_is_ours(already_configured: bool) -> None:
    app = new_app()
    app.config_from_object(SETTINGS, namespace="CELERY")
    if already_configured:
        assert app.conf.task_acks_late is False
    configure(app)
    assert app.conf.worker_soft_shutdown_timeout == 3
    assert app.conf.task_time_limit == 60
    assert app.conf.broker_url == "redis://broker/7"
    assert app.conf.task_acks_late is True
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.worker_max_tasks_per_child is None


def test_settings_may_also_be_read_after_ours_and_set_one_by_one() -> None:
    app = configure(new_app())
    app.conf.task_acks_late = False
    app.config_from_object(SETTINGS, namespace="CELERY")
    assert app.conf.worker_soft_shutdown_timeout == 3
    app.conf.worker_soft_shutdown_timeout = 5
    assert app.conf.worker_soft_shutdown_timeout == 5
    assert app.conf.task_reject_on_worker_lost is True
