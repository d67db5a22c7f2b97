"""Each system check, by what it finds and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from django.core.checks import run_checks
from django.test import override_settings

from django_github_app import checks
from django_github_app.celery import configure
from django_github_app.routing import GitHubRouter

GOOD = {"WEBHOOK_SECRET": "s", "APP_ID": "1", "PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"}


def ids(found: list[Any]) -> list[str]:
    return [message.id.removeprefix("django_github_app.") for message in found]


@pytest.fixture
def conf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The configuration of a project's Celery app, for one test."""
    app = configure(Celery("checked", set_as_current=False))
    monkeypatch.setattr("celery._state.get_current_app", lambda: app)
    return app.conf


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (GOOD, []),
        ({**GOOD, "WEBHOOK_SECRET": ""}, ["E002"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", None]}, ["E002"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", "new"]}, []),
        ({**GOOD, "APP_ID": ""}, ["W001"]),
        ({**GOOD, "APP_ID": "", "CLIENT_ID": "Iv1"}, []),
        ({**GOOD, "PRIVATE_KEY": "/no/such/file.pem"}, ["W002"]),
        ({}, ["E002", "W001", "W002"]),
    ],
)
def test_credentials(app: dict[str, Any], expected: list[str]) -> None:
    with override_settings(GITHUB_APP=app):
        assert ids(checks.check_credentials()) == expected


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (GOOD, []),
        ([], []),
        ("text", ["E003"]),
        ({"BATCH_SIZE": 0}, ["E003"]),
        ({"LEASE_SECONDS": "60"}, ["E003"]),
        ({"MAX_ATTEMPTS": True}, ["E003"]),
        ({"HANDLERS": {"sync": ["a.b"]}}, []),
        ({"HANDLERS": ["a.b"]}, ["E003"]),
        ({"HANDLERS": {"celery": ["a.b"]}}, ["E003"]),
        ({"HANDLERS": {"sync": "a.b"}}, ["E003"]),
    ],
)
def test_settings_values(app: Any, expected: list[str]) -> None:
    with override_settings(GITHUB_APP=app):
        assert ids(checks.check_settings()) == expected


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

    monkeypatch.setattr(checks, "connections", {"default": Connection()})
    assert ids(checks.check_database()) == ["E004"]
    monkeypatch.setattr(Connection, "vendor", "sqlite")
    assert ids(checks.check_database()) == ["W005"]
    monkeypatch.setattr(Connection, "vendor", "postgresql")
    assert ids(checks.check_database()) == []


def test_mapping_both_views_is_no_error() -> None:
    # django_github_app.E001 of django-github-app; tests.support.urls maps both.
    assert "django_github_app.E001" not in [message.id for message in run_checks()]


def test_the_checks_are_registered() -> None:
    with override_settings(GITHUB_APP={}):
        assert "django_github_app.E002" in [message.id for message in run_checks()]


def test_a_command_that_another_one_hides_is_reported() -> None:
    def first(event: Any) -> None: ...

    def second(event: Any) -> None: ...

    with GitHubRouter.isolated():
        gh = GitHubRouter()
        gh.command("deploy", scope="pr")(first)
        gh.command("rollback", aliases=["Deploy"], scope="issue")(second)
        assert checks.check_commands() == []
        gh.command("undo", aliases=["DEPLOY"], scope="pr")(second)
        assert ids(checks.check_commands()) == ["W010"]
        (found,) = checks.check_commands()
        assert "The command 'DEPLOY' of " in found.msg
        assert "second is never called" in found.msg
        assert ".first has that name" in found.msg


def test_a_worker_says_at_the_start_which_commands_are_hidden(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": []}}

    def one(event: Any) -> None: ...

    def two(event: Any) -> None: ...

    with GitHubRouter.isolated():
        monkeypatch.setattr(GitHubRouter, "_loaded", set())
        monkeypatch.setattr(GitHubRouter, "_load", lambda module: None)
        gh = GitHubRouter()
        gh.command("deploy")(one)
        gh.command("deploy")(two)
        GitHubRouter.ensure_sync_handlers_loaded()
        GitHubRouter.ensure_sync_handlers_loaded()
    (hidden,) = [r for r in caplog.records if "is never called" in r.getMessage()]
    assert hidden.__dict__["command"] == "deploy"
    assert hidden.__dict__["handler"].endswith(".two")
    assert hidden.__dict__["called"].endswith(".one")
