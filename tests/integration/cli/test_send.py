"""``manage.py github send``: a signed sample delivery."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.cache import cache

from django_github_app.cli import github
from django_github_app.models import EventLog
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads


@pytest.fixture(autouse=True)
def _app(settings: Any) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    cache.clear()
    with GitHubRouter.isolated():
        yield


def test_send_wants_an_event_or_a_comment() -> None:
    result = CliRunner().invoke(github, ["send"])
    assert result.exit_code == 2
    assert "name an EVENT, or give a --comment to try out" in result.output


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, catch_exceptions=False)


def test_without_a_secret_nothing_is_sent(settings: Any) -> None:
    settings.GITHUB_APP = {}
    result = run("send", "push")
    assert result.exit_code == 1
    assert "WEBHOOK_SECRET" in result.output


@pytest.mark.django_db(transaction=True)
class TestSend:
    @pytest.fixture
    def url(self, live_server: Any) -> Iterator[str]:
        yield f"{live_server.url}/github/sync/"
        from django_github_app.ingest import inbox

        inbox.close()

    def test_a_sent_delivery_is_stored(self, url: str) -> None:
        result = run("send", "issues", "--number", "3", "--url", url, "--no-wait")
        assert result.exit_code == 0, result.output
        assert result.output.startswith("202 ")
        row = EventLog.objects.get()
        assert (row.event, row.action, row.number) == ("issues", "opened", 3)

    def test_a_sample_installation_is_one_of_this_app(self, url: str, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "APP_ID": "4711"}
        assert run("send", "installation", "--url", url, "--no-wait").exit_code == 0
        assert EventLog.objects.get().payload["installation"]["app_id"] == 4711

    def test_addresses_lead_where_the_site_may_go(self, url: str, settings: Any, tmp_path: Path) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "API_URL": "http://127.0.0.1:8/"}
        path = tmp_path / "payload.json"
        path.write_text(json.dumps(payloads.build("issues")))
        for options in ((), ("--file", str(path))):
            assert run("send", "issues", *options, "--url", url, "--no-wait").exit_code == 0
            row = EventLog.objects.latest("id")
            assert row.payload["issue"]["url"].startswith("http://127.0.0.1:8/repos/octo-org/octo-repo/")

    def test_the_port_of_the_site_is_found(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", url.split(":")[2].partition("/")[0])
        assert run("send", "issues", "--no-wait").exit_code == 0
        assert EventLog.objects.get().event == "issues"

    def test_a_comment_and_a_redelivery(self, url: str) -> None:
        options = [
            "issue_comment",
            "--comment",
            "@test-app hi",
            "--pr",
            "--delivery",
            "d-1",
            "--url",
            url,
            "--no-wait",
        ]
        assert run("send", *options).exit_code == 0
        assert '"already received"' in run("send", *options).output
        row = EventLog.objects.get()
        assert row.payload["comment"]["body"] == "@test-app hi"
        assert row.payload["issue"]["pull_request"]

    def test_a_file_is_sent_byte_for_byte_also_as_a_form(self, url: str, tmp_path: Path) -> None:
        path = tmp_path / "payload.json"
        path.write_bytes(b'{"action": "opened",\n "emoji": "\xf0\x9f\x8e\x89"}')
        assert run("send", "issues", "--file", str(path), "--url", url, "--no-wait").exit_code == 0
        assert run("send", "issues", "--file", str(path), "--form", "--url", url, "--no-wait").exit_code == 0
        plain, form = EventLog.objects.order_by("id")
        assert plain.raw_body == path.read_bytes()
        assert form.form_encoded
        assert form.payload == plain.payload

    def test_an_event_that_nobody_takes_is_reported(self, url: str) -> None:
        result = run("send", "push", "--url", url, "--timeout", "0.2")
        assert result.exit_code == 1
        assert "is a sync worker running?" in result.output

    def test_a_refused_delivery_is_an_error(self, url: str, settings: Any) -> None:
        result = run("send", "push", "--delivery", "x" * 80, "--url", url)
        assert result.exit_code == 1
        assert result.output.startswith("400 ")

    def test_a_web_process_that_is_not_there_is_said_so(self) -> None:
        result = run("send", "push", "--url", "http://127.0.0.1:9/")
        assert result.exit_code == 1
        assert "is the web process running?" in result.output
