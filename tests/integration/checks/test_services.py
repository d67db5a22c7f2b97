"""Which database, Celery settings and cache are refused or warned of."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from django.test import override_settings

from django_github_app import checks
from django_github_app.celery import configure
from django_github_app.checks import services
from tests.support.system_checks import ids


@pytest.fixture
def conf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The configuration of a project's Celery app, for one test."""
    app = configure(Celery("checked", set_as_current=False))
    monkeypatch.setattr("celery._state.get_current_app", lambda: app)
    return app.conf


def test_celery_settings(conf: Any) -> None:
    assert ids(checks.check_celery()) == []
    conf.task_always_eager = True
    assert ids(checks.check_celery()) == ["W006"]
    conf.task_always_eager = False
    conf.task_acks_late = False
    assert ids(checks.check_celery()) == ["W008"]
    conf.task_acks_late = True
    conf.task_time_limit = 1000
    conf.broker_transport_options = {"visibility_timeout": 900}
    assert ids(checks.check_celery()) == ["W004"]
    conf.task_time_limit = 840
    from kombu import Queue

    conf.task_queues = [Queue("celery"), Queue("github.sync")]
    (found,) = checks.check_celery()
    assert found.id == "django_github_app.W003"
    assert "github.async" in found.msg
    assert "github.sync," not in found.msg


def test_a_cache_of_its_own_for_each_process_is_reported() -> None:
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
        assert ids(checks.check_cache()) == ["W007"]
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}):
        assert ids(checks.check_cache()) == []


def test_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        vendor = "mysql"
        settings_dict: dict[str, Any] = {}

    monkeypatch.setattr(services, "connections", {"default": Connection()})
    assert ids(checks.check_database()) == ["E004"]
    monkeypatch.setattr(Connection, "vendor", "sqlite")
    assert ids(checks.check_database()) == ["W005"]
    monkeypatch.setattr(Connection, "vendor", "postgresql")
    assert ids(checks.check_database()) == []


def test_a_cache_that_does_not_exist_is_an_error() -> None:
    with override_settings(GITHUB_APP={"CACHE": "shared"}):
        assert ids(checks.check_cache()) == ["E009"]
