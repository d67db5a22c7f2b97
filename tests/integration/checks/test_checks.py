"""Each system check, by what it finds and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from django.core.checks import ERROR, run_checks
from django.test import override_settings

from django_github_app import checks
from django_github_app.celery import configure
from django_github_app.checks import services
from django_github_app.github import http
from django_github_app.routing import GitHubRouter
from django_github_app.testing.fake_github_auth import rsa_keys

GOOD = {"WEBHOOK_SECRET": "s", "APP_ID": "1", "PRIVATE_KEY": rsa_keys()[0]}


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
        ({**GOOD, "WEBHOOK_SECRET": ""}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", None]}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": "\n"}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": "pasted with its line end\r\n"}, []),
        ({**GOOD, "WEBHOOK_SECRET": b"bytes"}, []),
        ({**GOOD, "WEBHOOK_SECRET": '"quoted"'}, ["W015"]),
        ({**GOOD, "WEBHOOK_SECRET": ["new", "one\ntwo"]}, ["W015"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", "new"]}, []),
        ({**GOOD, "APP_ID": ""}, ["W001"]),
        ({**GOOD, "APP_ID": "", "CLIENT_ID": "Iv1"}, []),
        ({**GOOD, "PRIVATE_KEY": "/no/such/file.pem"}, ["W002"]),
        ({**GOOD, "PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"}, ["W014"]),
        ({**GOOD, "PRIVATE_KEY": "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----"}, ["W014"]),
        ({}, ["W013", "W001", "W002"]),
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
        ({"LANES": "no"}, ["E003"]),
        ({"NAME": ["app"]}, ["E003"]),
        ({"BODY_DICTIONARIES": "a file"}, ["E003"]),
        ({"API_HOSTS": "https://uploads.github.com"}, ["E003"]),
        ({"POINTS_PER_MINUTE": "900"}, ["E003"]),
        ({"COMMAND_REACTIONS": {"done": 1}}, ["E003"]),
        ({"COMMAND_REACTIONS": None, "ARCHIVE_DAYS_TO_KEEP": None, "NAME": None, "APP_ID": 7}, []),
        ({"WEBHOOK_SECRETS": "s"}, ["W016"]),
        ({"lanes": False, "WEBHOOK_TYPE": "sync"}, ["W016"]),
        ({"HTTP_CLIENT": "httpx2"}, []),
        ({"HTTP_CLIENT": "requests"}, ["E003"]),
        ({"HTTP_CLIENT": ["httpx"]}, ["E003"]),
        ({"API_URL": "https://api.github.com/"}, []),
        ({"API_URL": "https://ghes.example.com/api/v3"}, []),
        ({"API_URL": "https://api.octo.ghe.com"}, []),
        ({"API_URL": "https://octo.ghe.com"}, ["W018"]),
        ({"API_URL": "https://github.com"}, ["W018"]),
        ({"API_URL": "api.github.com"}, ["W018"]),
    ],
)
def test_settings_values(app: Any, expected: list[str]) -> None:
    with override_settings(GITHUB_APP=app):
        assert ids(checks.check_settings()) == expected


def test_a_client_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("httpx2 is not installed: pip install httpx2")

    monkeypatch.setattr(http, "library", missing)
    (found,) = checks.check_settings()
    assert found.id == "django_github_app.E003"
    assert "pip install httpx2" in found.msg


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


def test_mapping_both_views_is_no_error() -> None:
    # django_github_app.E001 of django-github-app; tests.support.urls maps both.
    assert "django_github_app.E001" not in [message.id for message in run_checks()]


def test_the_checks_are_registered() -> None:
    with override_settings(GITHUB_APP={}):
        plain, deployed = run_checks(), run_checks(include_deployment_checks=True)
    assert "django_github_app.W013" in [message.id for message in plain]
    assert "django_github_app.E002" in [message.id for message in deployed]


def test_a_fresh_checkout_without_a_secret_may_migrate_and_test() -> None:
    with override_settings(GITHUB_APP={}):
        serious = [message for message in run_checks() if message.is_serious(ERROR)]
    assert [message.id for message in serious if str(message.id).startswith("django_github_app")] == []


def test_an_unknown_setting_comes_with_the_name_that_was_meant() -> None:
    with override_settings(GITHUB_APP={"WEBHOOK_SECRETS": "s"}):
        (found,) = checks.check_settings()
    assert found.hint == "Did you mean 'WEBHOOK_SECRET'?"


def test_a_cache_that_does_not_exist_is_an_error() -> None:
    with override_settings(GITHUB_APP={"CACHE": "shared"}):
        assert ids(checks.check_cache()) == ["E009"]


@pytest.mark.parametrize(
    ("storage", "backend", "expected"),
    [
        ("archives", "django.core.files.storage.FileSystemStorage", ["W017"]),
        ("archives", "django.core.files.storage.InMemoryStorage", []),
        ("django.core.files.storage.FileSystemStorage", "", ["W017"]),
        ("no.such.Storage", "", []),
    ],
)
def test_archives_on_the_disk_of_a_worker(storage: str, backend: str, expected: list[str]) -> None:
    app = {"RETENTION_ACTION": "archive", "ARCHIVE_STORAGE": storage}
    with override_settings(GITHUB_APP=app, STORAGES={"archives": {"BACKEND": backend}}):
        assert ids(checks.check_retention()) == expected
    with override_settings(GITHUB_APP={**app, "RETENTION_ACTION": "delete"}):
        assert "W017" not in ids(checks.check_retention())


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
