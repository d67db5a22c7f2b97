"""``manage.py github events`` and ``event``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.management import CommandError, call_command

from django_github_app.cli import LAZY_COMMANDS, github
from django_github_app.models import EventLog, HandlerRun
from django_github_app.routing import GitHubRouter
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


def test_the_list_of_commands_says_of_each_what_it_does() -> None:
    said = " ".join(run("--help").output.split())
    for name, (_, summary) in LAZY_COMMANDS.items():
        assert f" {name} {summary}" in said


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
        (event,) = json.loads(run("events", "--status", "retrying", "--format", "json").stdout)
        assert (event["event"], event["status"], event["attempts"]) == ("push", "retrying", 1)
        assert event["runs"][0]["error"] == "ValueError: no such branch"
        assert json.loads(run("events", "--repo", "octo/none", "--format", "json").stdout) == []
        assert run("events", "--event", "gollum").stdout == "no events\n"

    def test_one_event_is_shown_with_what_each_handler_did(self) -> None:
        row = EventLog.objects.get(event="push")
        output = run("event", str(row.pk)).output
        assert f"delivery: {row.delivery}" in output
        assert re.search(r"retrying .*broken \(\d+\.\d ms\)\n +ValueError: no such branch", output)

    def test_the_tries_before_the_latest_are_shown_too(self) -> None:
        row = EventLog.objects.get(event="push")
        HandlerRun.objects.filter(event=row).update(
            tries='[{"started_at": "2026-11-20T12:00:00+00:00", "duration_ms": 1, "error": "first", "traceback": ""}]'
        )
        assert "2026-11-20 12:00:00 first" in run("event", str(row.pk)).output
        shown = json.loads(run("event", str(row.pk), "--format", "json").stdout)
        assert [one["error"] for one in shown["runs"][0]["earlier"]] == ["first"]

    def test_one_event_is_printed_with_its_payload(self) -> None:
        row = EventLog.objects.get(event="issues")
        shown = json.loads(run("event", str(row.pk), "--format", "json", "--payload").stdout)
        assert shown["payload"] == row.payload

    def test_an_unknown_event_is_an_error(self) -> None:
        result = run("event", "999999")
        assert result.exit_code == 1
        assert "there is no event 999999" in result.output


@pytest.mark.django_db
def test_commands_run_by_call_command_and_their_errors_are_command_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store("issues")
    call_command("github", "events", "--format", "json")
    assert json.loads(capsys.readouterr().out)[0]["status"] == "pending"
    with pytest.raises(CommandError, match="there is no event 5000000000"):
        call_command("github", "event", "5000000000")
