"""``manage.py github cleanup | archive | restore | archives``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from django_github_app.cli import github
from django_github_app.models import ArchiveFile, EventLog, EventStatus, JobKind, RetentionJob
from tests.support.retention import an_event, picture

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, prog_name="github", catch_exceptions=False)


def run_json(*arguments: str) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_cleanup_deletes_and_says_what() -> None:
    an_event(days=10)
    an_event(days=1)
    assert run("cleanup", "--days", "7", "--dry-run").output == "1 events would be deleted\n"
    assert EventLog.objects.count() == 2
    result = run("cleanup", "--days", "7")
    assert result.output.startswith("done: 1 deleted (")
    assert EventLog.objects.count() == 1
    job = RetentionJob.objects.get()
    assert (job.kind, job.source) == (JobKind.CLEANUP, "command")


def test_cleanup_takes_days_by_state_and_speaks_json() -> None:
    an_event(days=10, status=EventStatus.DEAD)
    an_event(days=10)
    assert run_json("cleanup", "--dry-run", "--days", "20", "--days-for", "dead=5")["events"] == 1
    answer = run_json("cleanup", "--days", "20", "--days-for", "dead=5")
    assert (answer["state"], answer["deleted"]) == ("done", 1)
    assert EventLog.objects.get().status == EventStatus.DONE


@pytest.mark.parametrize("pair", ["pending=1", "dead", "dead=x"])
def test_a_state_that_makes_no_sense_is_refused(pair: str) -> None:
    result = run("cleanup", "--days-for", pair)
    assert result.exit_code == 2
    assert "write STATE=DAYS, as in dead=30" in result.output


def test_archive_and_restore(folder: Path) -> None:
    event = an_event(days=10, delivery="the-guid")
    before = picture()
    assert run_json("archive", "--days", "7", "--dry-run")["events"] == 1
    answer = run_json("archive", "--days", "7")
    (path,) = answer["files"]
    assert (answer["archived"], answer["deleted"], picture()) == (1, 1, {})
    assert run("restore").exit_code == 2
    assert run("restore", "--delivery", "the-guid", "--dry-run").output == "1 events in 1 files match\n"
    assert run_json("restore", "--delivery", "the-guid")["restored"] == 1
    assert picture() == before
    assert run_json("restore", "--file", path)["present"] == 1
    assert run_json("restore", "--all", "--id", str(event.pk))["present"] == 1


def test_archive_can_keep_the_rows(folder: Path) -> None:
    an_event(days=10)
    answer = run_json("archive", "--days", "7", "--keep-rows", "--location", "copies")
    assert answer["files"][0].startswith("copies/")
    assert EventLog.objects.count() == 1
    assert (
        run("archive", "--days", "7", "--keep-rows", "--dry-run").output
        == "0 events would go to archives:github_events\n"
    )


def test_archives_are_listed_and_searched(folder: Path) -> None:
    assert run("archives").output == "no archives\n"
    event = an_event(days=10, body=b'{"title":"needle"}', repository="octo/hello", action="opened")
    EventLog.objects.archive_events(7)
    (listed,) = run_json("archives")
    assert (listed["count"], listed["state"]) == (1, "stored")
    assert listed["path"] in run("archives", "--since", f"{event.received_at:%Y-%m-%d}").output
    assert run_json("archives", "--until", "2020-01-01") == []
    found = json.loads(run("archives", "search", "--text", "needle", "--payload", "--format", "json").stdout)
    assert (found["id"], found["body"], found["file"]) == (event.pk, '{"title":"needle"}', listed["path"])
    assert "issues.opened" in run("archives", "search", "--repo", "octo/hello").output
    assert run("archives", "search", "--repo", "octo/none").output == "no events match\n"


def test_verify_fails_when_an_archive_is_damaged(folder: Path) -> None:
    an_event(days=10)
    EventLog.objects.archive_events(7)
    assert run_json("archives", "verify")["whole"] == 1
    (folder / ArchiveFile.objects.get().path).unlink()
    result = run("archives", "verify")
    assert result.exit_code == 1
    assert "1 archives are damaged" in result.output
    assert "missing" in run("archives").output


def test_verify_without_archives_says_so() -> None:
    result = run("archives", "verify")
    assert (result.exit_code, result.output.startswith("Error: No archive file matches")) == (1, True)


def test_archives_are_adopted(folder: Path) -> None:
    an_event(days=10)
    EventLog.objects.archive_events(7)
    ArchiveFile.objects.all().delete()
    assert run("archives", "adopt").output.endswith("1 archives adopted\n")
    assert ArchiveFile.objects.count() == 1


def test_a_worker_can_be_asked_to_do_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_event(days=10)
    answer = run_json("archive", "--days", "7", "--enqueue")
    assert answer["state"] == "queued"
    assert RetentionJob.objects.get(pk=answer["job"]).kind == JobKind.ARCHIVE
    assert EventLog.objects.count() == 1
    result = run("archive", "--days", "7")
    assert (result.exit_code, "running or waiting already" in result.output) == (1, True)


def test_a_storage_that_does_not_exist_is_named() -> None:
    result = run("archive", "--storage", "nowhere")
    assert (result.exit_code, "'nowhere'" in result.output) == (1, True)
