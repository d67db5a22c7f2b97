"""``import-app``, ``create-app`` and ``doctor`` against the fake GitHub."""

from __future__ import annotations

import datetime as dt
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
import httpx
import pytest
from click.testing import CliRunner, Result
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_github_app.cli import github as cli
from django_github_app.models import EventLog, EventStatus, Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.setup import doctor

from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


class TestImportApp:
    def test_without_arguments_every_installation_is_imported(self, octo: Octo) -> None:
        octo.github.add_installation("acme", repositories=["acme/one", "acme/two"])
        for _ in range(2):
            result = run("import-app")
            assert result.output == "2 installations (0 removed), 3 repositories (0 removed)\n"
        assert Repository.objects.count() == 3

    def test_a_rate_limit_is_waited_for(self, octo: Octo) -> None:
        octo.github.secondary_limit(1.5, installation=octo.installation)
        result = run("import-app")
        assert "GitHub's rate limit: going on at" in result.output
        assert result.output.endswith("1 installations (0 removed), 1 repositories (0 removed)\n")

    @pytest.mark.parametrize("kind", ["org", "user"])
    def test_one_installation_is_imported_as_django_github_app_does(self, octo: Octo, kind: str) -> None:
        octo.github.add_installation("acme", repositories=["acme/one"])
        number = str(octo.installation.id)
        call_command("github", "import-app", "--type", kind, "--name", "octo", "--installation-id", number)
        assert Installation.objects.get().account == "octo"
        assert Repository.objects.get().full_name == "octo/widgets"

    def test_an_id_is_enough(self, octo: Octo) -> None:
        result = run("import-app", "--installation-id", str(octo.installation.id))
        assert result.output == f"installation {octo.installation.id} on octo: 1 repositories\n"

    def test_an_installation_that_is_not_there_is_said(self, octo: Octo) -> None:
        with pytest.raises(CommandError, match="Not Found"):
            call_command("github", "import-app", "--installation-id", "1")
        result = run("import-app", "--type", "org", "--name", "octo", "--installation-id", "1")
        assert result.exit_code == 1
        assert f"the installation on octo is {octo.installation.id}, not 1" in result.output

    def test_type_and_name_belong_together(self) -> None:
        assert "--type and --name belong together" in run("import-app", "--type", "org").output


class TestCreateApp:
    @pytest.fixture(autouse=True)
    def _handlers(self) -> Iterator[None]:
        with GitHubRouter.isolated():

            @GitHubRouter().event("push")
            def on_push(event: Any) -> None: ...

            yield

    @pytest.fixture
    def person(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Somebody at the browser, who opens what is launched and submits the form."""
        seen: dict[str, Any] = {"state": None}

        def launch(url: str) -> int:
            seen["page"] = httpx.get(url).text
            action = re.search(r'action="([^"]+)"', seen["page"]).group(1)  # type: ignore[union-attr]
            manifest = re.search(r'name="manifest" value="([^"]+)"', seen["page"]).group(1)  # type: ignore[union-attr]
            text = manifest.replace("&quot;", '"')
            seen["manifest"] = json.loads(text)
            reply = httpx.post(action.replace("&amp;", "&"), data={"manifest": text})
            location = reply.headers["location"]
            if seen["state"]:
                code = parse_qs(urlsplit(location).query)["code"][0]
                forged = f"{location.split('?')[0]}?code={code}&state={seen['state']}"
                seen["forged"] = httpx.get(forged).status_code
            else:
                seen["answer"] = httpx.get(location).text
            return 0

        monkeypatch.setattr(click, "launch", launch)
        return seen

    def create(self, tmp_path: Path, *more: str) -> Result:
        env = str(tmp_path / ".env")
        return run(
            "create-app",
            "--name",
            "My Bot",
            "--webhook-url",
            "https://bot.example/gh/",
            "--env-file",
            env,
            *more,
        )

    def test_a_form_is_served_and_the_code_is_exchanged(
        self, octo: Octo, person: dict[str, Any], tmp_path: Path
    ) -> None:
        env = tmp_path / ".env"
        env.write_text("SECRET_KEY=here-already")
        result = self.create(tmp_path)
        assert result.exit_code == 0, result.output
        assert person["manifest"] == {
            "name": "My Bot",
            "url": "https://bot.example/",
            "hook_attributes": {"url": "https://bot.example/gh/", "active": True},
            "public": False,
            "default_permissions": {"contents": "read", "metadata": "read"},
            "default_events": ["push"],
            "redirect_url": person["manifest"]["redirect_url"],
        }
        written = dict(line.split("=", 1) for line in env.read_text().splitlines())
        assert written["SECRET_KEY"] == "here-already"
        assert written["GITHUB_APP_NAME"] == '"my-bot"'
        assert written["GITHUB_APP_ID"] == f'"{octo.github.app_id}"'
        key = written["GITHUB_PRIVATE_KEY"].strip('"').replace("\\n", "\n")
        assert key == octo.github.private_key.strip()
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        assert key not in result.output

    def test_an_app_that_is_there_is_not_written_over(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GITHUB_APP_ID=1\n")
        assert "has a GITHUB_APP_ID already" in self.create(tmp_path).output

    def test_somebody_elses_code_is_not_taken(
        self, octo: Octo, person: dict[str, Any], tmp_path: Path
    ) -> None:
        person["state"] = "forged"
        result = self.create(tmp_path, "--timeout", "0.2")
        assert result.exit_code == 1
        assert "nothing was created" in result.output
        assert person["forged"] == 400
        assert not (tmp_path / ".env").exists()

    def test_an_organisation_may_own_it(self, octo: Octo, person: dict[str, Any], tmp_path: Path) -> None:
        assert self.create(tmp_path, "--org", "octo").exit_code == 0
        assert len(octo.github.requests_to("/organizations/octo/settings/apps/new", "POST")) == 1


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

    def test_the_command_prints_lines_or_json_and_exits_with_1_on_errors(
        self, octo: Octo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chosen = {name: doctor.SUBJECTS[name] for name in ("cache", "webhook")}
        monkeypatch.setattr(doctor, "SUBJECTS", chosen)
        result = run("doctor")
        assert result.exit_code == 1
        assert (
            "ERROR    webhook: GitHub has no webhook URL\n         Set it in the app's settings"
            in result.output
        )
        shown = json.loads(run("doctor", "--format", "json").output)
        assert [(one["subject"], one["level"]) for one in shown] == [("cache", "ok"), ("webhook", "error")]
