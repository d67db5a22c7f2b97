"""``manage.py github send``, ``events`` and ``event``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.management import CommandError, call_command

from django_github_app.cli import LAZY_COMMANDS, github
from django_github_app.models import EventLog
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver, store


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, catch_exceptions=False)


def test_every_command_of_the_group_can_be_imported_and_has_help() -> None:
    for name in LAZY_COMMANDS:
        result = run(name, "--help")
        assert result.exit_code == 0, name
        assert len(result.output.splitlines()) > 3, name


class TestEvents:
    pytestmark = pytest.mark.django_db

    @pytest.fixture(autouse=True)
    def _events(self) -> None:
        gh = GitHubRouter()

        @gh.event("issues")
        async def triage(event: Any) -> None: ...

        @gh.event("push")
        def broken(event: Any) -> None:
            raise ValueError("no such\nbranch")

        deliver("issues", number=12, repository="octo/widgets")
        deliver("push", repository="octo/gears")

    def test_events_are_listed_newest_first(self) -> None:
        first, second = run("events").output.splitlines()
        assert re.search(r"retrying +push +octo/gears +.*broken \d+\.\d ms", first)
        assert re.search(r"done +issues\.opened +octo/widgets#12 +.*triage \d+\.\d ms", second)

    def test_events_are_filtered_and_printed_as_json(self) -> None:
        (event,) = json.loads(run("events", "--status", "retrying", "--format", "json").output)
        assert (event["event"], event["status"], event["attempts"]) == ("push", "retrying", 1)
        assert event["runs"][0]["error"] == "ValueError: no such branch"
        assert json.loads(run("events", "--repo", "octo/none", "--format", "json").output) == []
        assert run("events", "--event", "gollum").output == "no events\n"

    def test_one_event_is_shown_with_what_each_handler_did(self) -> None:
        row = EventLog.objects.get(event="push")
        output = run("event", str(row.pk)).output
        assert f"delivery: {row.delivery}" in output
        assert re.search(r"retrying .*broken \(\d+\.\d ms\)\n +ValueError: no such branch", output)

    def test_one_event_is_printed_with_its_payload(self) -> None:
        row = EventLog.objects.get(event="issues")
        shown = json.loads(run("event", str(row.pk), "--format", "json", "--payload").output)
        assert shown["payload"] == row.payload

    def test_an_unknown_event_is_an_error(self) -> None:
        result = run("event", "999999")
        assert result.exit_code == 1
        assert "there is no event 999999" in result.output


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


@pytest.mark.django_db
def test_commands_run_by_call_command_and_their_errors_are_command_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store("issues")
    call_command("github", "events", "--format", "json")
    assert json.loads(capsys.readouterr().out)[0]["status"] == "pending"
    with pytest.raises(CommandError, match="there is no event 5"):
        call_command("github", "event", "5")
