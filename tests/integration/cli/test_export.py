"""``manage.py github export``: an event that failed becomes a test that is red until its handler is mended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.test import Client
from django.urls import reverse

from django_github_app.cli import github
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver, process
from django_github_app.testing.recorded import Recorded, redacted
from tests.support import services
from tests.support.retention import a_run, an_event, days_ago
from tests.support.site import ROOT

HANDLERS = """
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


@gh.event("issue_comment", action="created")
def count_words(event, gh):
    words = {words}
    gh.post(event.data["issue"]["comments_url"], data={{"body": f"{{words}} words"}})
"""
BROKEN = 'len(event.data["comment"]["text"].split())'
MENDED = 'len(event.data["comment"]["body"].split())'


def export(*arguments: str) -> Result:
    return CliRunner().invoke(github, ["export", *arguments], catch_exceptions=False)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_failed_event_is_a_red_test_until_its_handler_is_mended(
    tmp_path: Path, fresh_database: str
) -> None:
    payload = payloads.build("issue_comment", "created", comment="count these words", repository="octo/hello")
    event = an_event(
        event="issue_comment",
        action="created",
        worker_type="sync",
        status=EventStatus.DEAD,
        body=json.dumps(payload).encode(),
    )
    a_run(event, handler="counting.count_words", status=RunStatus.DEAD)
    output = export(str(event.pk), "--output", str(tmp_path)).output
    assert str(tmp_path / f"test_event_{event.pk}.py") in output
    (tmp_path / "conftest.py").write_text("import counting\n")
    for words, expected in ((BROKEN, "KeyError: 'text'"), (MENDED, "1 passed")):
        (tmp_path / "counting.py").write_text(HANDLERS.format(words=words))
        assert expected in _pytest(tmp_path, fresh_database)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_isolated")
def test_once_the_handler_is_mended_the_event_runs_again_from_its_page(
    admin_client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step of the tutorial: docs/testing.md, "An event becomes a test"."""
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_ATTEMPTS": 1}
    key, counted = "text", []

    @GitHubRouter().event("issue_comment", action="created")
    def count_words(event: Any) -> None:
        counted.append(len(event.data["comment"][key].split()))

    row = deliver("issue_comment", "created", comment="count these words", worker_type="sync")
    assert row.status == EventStatus.DEAD
    key = "body"
    page = reverse("admin:django_github_app_eventlog_change", args=[row.pk])
    assert "Run failed again" in admin_client.get(page).content.decode()
    address = reverse("admin:django_github_app_eventlog_replay", args=[row.pk])
    assert "is queued" in admin_client.post(address, {"what": "failed"}, follow=True).content.decode()
    process(row)
    assert (row.status, counted) == (EventStatus.DONE, [3])


def _pytest(folder: Path, database_url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", str(folder)],
        cwd=ROOT,
        env={
            **os.environ,
            services.DATABASE_URL: database_url,
            "PYTHONPATH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("_isolated")
def test_a_command_runs_again_in_the_test_for_the_same_person(
    fake_github: Any, tmp_path: Path, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "counting-app"}
    said = []
    gh = GitHubRouter()

    @gh.command("count")
    async def count(context: Any) -> None:
        said.append(context)

    payload = payloads.build(
        "issue_comment", "created", comment="@counting-app count", repository="octo/hello", sender="ada"
    )
    recorded = Recorded("issue_comment", "created", "async", "counting-app", redacted(payload))
    recorded.save(tmp_path / "event.json")
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "another-name"}
    again = Recorded.load(tmp_path / "event.json")
    assert again == recorded
    again.set_up(fake_github)
    row = again.deliver()
    assert (row.get_status_display(), len(said)) == ("done", 1), [run.error for run in row.runs.all()]


@pytest.mark.django_db
@pytest.mark.usefixtures("_isolated")
def test_an_event_of_an_archive_is_exported(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "own": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "store")},
        },
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "own"}
    row = deliver("push", repository="octo/hello")
    EventLog.objects.update(received_at=days_ago(30), finished_at=days_ago(30))
    expected = redacted(row.payload)
    EventLog.objects.archive_events(7)
    assert not EventLog.objects.exists()
    result = export(str(row.pk), "--output", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert Recorded.load(tmp_path / "out" / f"event_{row.pk}.json").payload == expected
    assert (
        'row.get_status_display() == "ignored"' in (tmp_path / "out" / f"test_event_{row.pk}.py").read_text()
    )


@pytest.mark.django_db
def test_nothing_secret_is_written_and_no_file_is_written_over(tmp_path: Path) -> None:
    body = {
        "token": "abc",
        "text": f"my token ghp_{'a' * 36} of ada@corp.example, @ada",
        "config": {"secret": "x", "url": "https://example.com/hook"},
    }
    event = an_event(body=json.dumps(body).encode())
    assert export(str(event.pk), "--output", str(tmp_path)).exit_code == 0
    assert Recorded.load(tmp_path / f"event_{event.pk}.json").payload == {
        "token": "[secret]",
        "text": "my token [secret] of someone@example.com, @ada",
        "config": {"secret": "[secret]", "url": "https://example.com/hook"},
    }
    again = export(str(event.pk), "--output", str(tmp_path))
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    assert export(str(event.pk), "--output", str(tmp_path), "--force").exit_code == 0
    assert "there is no event" in export("999999", "--output", str(tmp_path)).output
    nothing = an_event(body=None)
    assert "no payload" in export(str(nothing.pk), "--output", str(tmp_path)).output
