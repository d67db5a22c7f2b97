"""Every finding of doctor says what to do, also one of a subject that could not be looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

import gidgethub
import httpx
import pytest
from click.testing import CliRunner, Result
from django.db import OperationalError
from django.utils import timezone

from django_github_app.cli import github as cli
from django_github_app.models import EventLog, EventStatus, Installation
from django_github_app.routing import GitHubRouter
from django_github_app.setup import doctor
from tests.support.octo import Octo

ERRORS: list[Exception] = [
    httpx.ConnectError(""),
    httpx.ReadTimeout(""),
    OperationalError("server closed the connection unexpectedly"),
    ConnectionRefusedError(111, "Connection refused"),
    gidgethub.BadRequest(HTTPStatus.UNAUTHORIZED),
    ValueError("anything"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("subject", [*doctor.SUBJECTS, "one of a project's own"])
def test_a_subject_that_breaks_says_what_to_do(subject: str, error: Exception) -> None:
    def look() -> NoReturn:
        raise error

    (finding,) = doctor.examine({subject: look})
    assert finding.level == "error"
    assert type(error).__name__ in finding.message
    assert len(finding.hint) > 20


def test_every_subject_has_a_step_of_its_own() -> None:
    assert set(doctor.SUBJECTS) == set(doctor.STEPS)


def test_github_that_cannot_be_reached_and_credentials_that_it_refuses_are_told_apart() -> None:
    away = doctor.step_for("authentication", httpx.ConnectError(""))
    refused = doctor.step_for("authentication", gidgethub.BadRequest(HTTPStatus.UNAUTHORIZED))
    assert "firewall" in away
    assert "PRIVATE_KEY" in refused


@pytest.mark.django_db
def test_who_would_be_told_of_an_outage_is_told(settings: Any) -> None:
    settings.ADMINS = []
    (finding,) = doctor.look_at_observing()
    assert (finding.level, "only the log" in finding.message) == ("warning", True)
    settings.ADMINS = [("Olga", "olga@example.com")]
    (finding,) = doctor.look_at_observing()
    assert finding.level == "ok"
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ALARMS": None}
    (finding,) = doctor.look_at_observing()
    assert "off" in finding.message


pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def findings(*subjects: str) -> dict[str, tuple[str, str]]:
    chosen = {name: doctor.SUBJECTS[name] for name in subjects}
    return {found.subject: (found.level, found.message) for found in doctor.examine(chosen)}


class TestDoctor:
    @pytest.fixture(autouse=True)
    def _handlers(self) -> Iterator[None]:
        with GitHubRouter.isolated():

            @GitHubRouter().event("issue_comment")
            def on_comment(event: Any) -> None: ...

            yield

    def test_a_healthy_app_is_ok(self, octo: Octo, settings: Any) -> None:
        octo.github.webhook_url = "https://testserver/github/async/"
        run("import-app")
        found = findings(
            "private key", "clock", "authentication", "webhook", "deliveries", "installations", "cache"
        )
        assert {level for level, _ in found.values()} == {"ok"}, found
        assert found["installations"] == ("ok", "1 as on GitHub")

    def test_missing_events_and_permissions_are_named(self, octo: Octo) -> None:
        octo.github.events, octo.github.permissions = ["push"], {"metadata": "read", "issues": "read"}
        found = findings("authentication")
        assert found["events"] == ("error", "not subscribed to: issue_comment")
        assert found["permissions"] == ("error", "missing: pull_requests: read")

    def test_events_that_do_not_exist_are_named_with_their_place(self, octo: Octo) -> None:
        with GitHubRouter.isolated():
            gh = GitHubRouter()

            @gh.event("isues", action="opened")
            def welcome(event: Any) -> None: ...

            level, message = findings("authentication")["event names"]
        assert level == "error"
        assert f"{__file__}:{welcome.__code__.co_firstlineno}" in message
        assert message.endswith("GitHub sends no event 'isues': did you mean 'issues'?")

    def test_a_wrong_key_is_an_error_and_not_shown(self, octo: Octo, settings: Any) -> None:
        from django_github_app.testing.fake_github_auth import rsa_keys

        other = rsa_keys.__wrapped__()[0]
        settings.GITHUB_APP = {**settings.GITHUB_APP, "PRIVATE_KEY": other}
        level, message = findings("authentication")["authentication"]
        assert level == "error"
        assert "could not be decoded" in message
        settings.GITHUB_APP = {**settings.GITHUB_APP, "PRIVATE_KEY": other.replace("M", "N")}
        level, message = findings("private key")["private key"]
        assert level == "error"
        assert "is neither an RSA key" in message
        assert other.splitlines()[3] not in message

    def test_a_wrong_name_and_a_wrong_clock_are_found(self, octo: Octo, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "other"}
        assert findings("authentication")["name"] == ("error", "configured as 'other'")
        octo.github.advance(-120)
        level, message = findings("clock")["clock"]
        assert level == "error"
        assert message in ("+120 s from GitHub's", "+121 s from GitHub's")

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("", ("error", "GitHub has no webhook URL")),
            ("https://testserver/elsewhere/", ("error", "no webhook view at /elsewhere/")),
        ],
    )
    def test_a_wrong_webhook_url_is_found(self, octo: Octo, url: str, expected: tuple[str, str]) -> None:
        octo.github.webhook_url = url
        assert findings("webhook")["webhook"] == expected

    def test_another_hosts_webhook_is_a_warning(self, octo: Octo, settings: Any) -> None:
        settings.ALLOWED_HOSTS = [".bot.example"]
        octo.github.webhook_url = "https://other.example/gh/"
        assert findings("webhook")["webhook"] == ("warning", "host other.example is not this site's")

    def test_failed_and_refused_deliveries_are_found(self, octo: Octo) -> None:
        octo.github.deliver("push", {}, send=False)
        octo.github.deliver("push", {}, send=False).status_code = 401
        found = findings("deliveries")
        assert found["deliveries"] == ("warning", "2 of the last 2 failed")
        assert found["webhook secret"] == ("error", "the latest delivery was refused")

    def test_installations_that_are_not_stored_are_found(self, octo: Octo) -> None:
        Installation.objects.create(installation_id=1)
        assert findings("installations")["installations"] == ("warning", "1 not stored, 1 stored but gone")

    def test_waiting_and_dead_events_are_found(self) -> None:
        long_ago = timezone.now() - dt.timedelta(hours=1)
        EventLog.objects.create(event="push", status=EventStatus.PENDING, received_at=long_ago)
        EventLog.objects.create(event="push", status=EventStatus.DEAD)
        found = findings("database")
        assert found["database"] == ("ok", "postgresql, migrated")
        assert found["events waiting"] == ("error", "the oldest for 3600 s")
        assert found["dead events"] == ("warning", "1 in the last 24 hours")

    def test_a_beat_that_does_not_run_is_found(self) -> None:
        from django_celery_beat.models import PeriodicTask

        assert findings("beat")["beat"] == ("error", "the sweep has never run")
        PeriodicTask.objects.filter(name="github: sweep").update(last_run_at=timezone.now())
        assert findings("beat")["beat"][0] == "ok"

    def test_a_storage_is_tried(self, settings: Any, tmp_path: Path) -> None:
        assert findings("archive storage")["archive storage"][0] == "ok"
        settings.STORAGES = {
            **settings.STORAGES,
            "archives": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(tmp_path)},
            },
        }
        archives = {"RETENTION_ACTION": "archive", "ARCHIVE_STORAGE": "archives"}
        settings.GITHUB_APP = {**settings.GITHUB_APP, **archives}
        expected = ("ok", "FileSystemStorage writes, reads and deletes")
        assert findings("archive storage")["archive storage"] == expected
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_one_broken_subject_does_not_hide_the_others(self, octo: Octo) -> None:
        octo.github.stop()
        found = findings("authentication", "cache")
        assert found["authentication"][0] == "error"
        assert found["cache"][0] == "ok"
