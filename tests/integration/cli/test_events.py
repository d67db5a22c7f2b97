"""``manage.py github send``, ``events``, ``event`` and ``replay``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner, Result
from django.core.management import CommandError, call_command

from django_github_app.bodies import frames
from django_github_app.cli import LAZY_COMMANDS, github
from django_github_app.conf import app_settings
from django_github_app.models import EventLog, EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver, process, store


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

    def test_replay_runs_an_event_again(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        published: list[Any] = []
        monkeypatch.setattr(
            "django_github_app.maintenance.sweep.publish", lambda wanted, most=None: published.extend(wanted)
        )
        row = EventLog.objects.get(event="issues")
        with django_capture_on_commit_callbacks(execute=True):
            assert run("replay", str(row.pk)).output == "1 of 1 events queued\n"
        assert published == [("async", row.pk)]
        process(row)
        assert row.status == EventStatus.DONE
        assert row.attempts == 2

    def test_replaying_only_what_failed_leaves_a_finished_event(self) -> None:
        row = EventLog.objects.get(event="issues")
        result = run("replay", "--failed-only", str(row.pk))
        assert (result.exit_code, result.output) == (1, "0 of 1 events queued\n")


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


@pytest.mark.django_db(transaction=True)
class TestHere:
    def test_a_payload_is_processed_in_this_process_and_its_ledger_printed(self, tmp_path: Path) -> None:
        router = GitHubRouter()

        @router.event("issues.opened")
        async def welcome(event: Any, gh: Any) -> None:
            await gh.post(event.data["issue"]["comments_url"], data={"body": "Hello"})

        path = tmp_path / "x.json"
        path.write_text(json.dumps(payloads.build("issues", "opened", number=7, repository="octo/widgets")))
        result = run("send", "--here", "issues", "--file", str(path))
        assert result.exit_code == 0, result.output
        assert "POST /repos/octo/widgets/issues/7/comments 201" in result.output
        assert "succeeded" in result.output
        assert "welcome" in result.output

    def test_a_command_in_a_payload_is_answered_and_reacted_to(self) -> None:
        router = GitHubRouter()

        @router.command("ping")
        async def ping(context: Any) -> None:
            await context.reply("pong")

        typed = f"@{app_settings.SLUG} ping"
        result = run("send", "--here", "issue_comment", "--comment", typed, "--number", "3")
        assert result.exit_code == 0, result.output
        assert "/reactions 201" in result.output
        assert "POST /repos/octo-org/octo-repo/issues/3/comments 201" in result.output

    def test_a_file_that_is_no_payload_is_one_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        for text, said in (("{", "is no JSON"), ("[]", "is no JSON object")):
            path.write_text(text)
            result = run("send", "--here", "issues", "--file", str(path))
            assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
            assert said in result.output


def test_without_a_secret_nothing_is_sent(settings: Any) -> None:
    settings.GITHUB_APP = {}
    result = run("send", "push")
    assert result.exit_code == 1
    assert "WEBHOOK_SECRET" in result.output


@pytest.mark.django_db
def test_commands_run_by_call_command_and_their_errors_are_command_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store("issues")
    call_command("github", "events", "--format", "json")
    assert json.loads(capsys.readouterr().out)[0]["status"] == "pending"
    with pytest.raises(CommandError, match="there is no event 5"):
        call_command("github", "event", "5")


class TestTrainDictionary:
    pytestmark = pytest.mark.django_db

    def test_a_dictionary_is_trained_on_stored_events_and_can_be_used(self, tmp_path: Path) -> None:
        for number in range(80):
            store("issues", number=number + 1, title=f"Title {number}", repository=f"octo/widgets{number}")
        path = tmp_path / "own.zstdict"
        result = run("train-dictionary", str(path), "--size", "8")
        assert result.exit_code == 0, result.output
        assert "of 72 events" in result.output
        assert "8 other events" in result.output
        frames.use_dictionaries([path])
        try:
            row = store("issues", number=7)
            number = zstandard.ZstdCompressionDict(path.read_bytes()).dict_id()
            assert zstandard.get_frame_parameters(bytes(row.body or b"")).dict_id == number > 2_000_000
            assert row.payload["issue"]["number"] == 7
        finally:
            frames.use_dictionaries([])

    def test_it_neither_overwrites_a_dictionary_nor_makes_one_of_too_few_events(self, tmp_path: Path) -> None:
        path = tmp_path / "own.zstdict"
        result = run("train-dictionary", str(path))
        assert (result.exit_code, path.exists()) == (1, False)
        assert "50 are the least" in result.output
        path.write_bytes(b"precious")
        result = run("train-dictionary", str(path))
        assert (result.exit_code, path.read_bytes()) == (1, b"precious")
