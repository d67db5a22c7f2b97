"""``manage.py github replay``: by ids, or by what events are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from django_github_app.cli import github
from django_github_app.cli.replay import Ago
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, JobKind, RetentionJob, RunStatus
from django_github_app.retention import requesting
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import deliver, process
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, ["replay", *arguments], catch_exceptions=False)


def outcome(*arguments: str) -> tuple[int, str]:
    result = run(*arguments)
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)
    monkeypatch.setattr(requesting, "publish", lambda pk: None)


def failed_event(handler: str = "app.bad", **values: Any) -> EventLog:
    event = an_event(status=EventStatus.DEAD, worker_type="sync", **values)
    a_run(event, handler="app.good")
    a_run(event, handler=handler, status=RunStatus.DEAD)
    return event


@pytest.fixture
def finished() -> Iterator[EventLog]:
    with GitHubRouter.isolated():

        @GitHubRouter().event("issues")
        async def triage(event: Any) -> None: ...

        yield deliver("issues", number=12, repository="octo/widgets")


def test_replay_runs_an_event_again(
    finished: EventLog, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    published: list[Any] = []
    monkeypatch.setattr(publishing, "publish", lambda wanted, most=None: published.extend(wanted))
    with django_capture_on_commit_callbacks(execute=True):
        assert run(str(finished.pk)).output == "1 of 1 events queued\n"
    assert published == [("async", finished.pk)]
    process(finished)
    assert finished.status == EventStatus.DONE
    assert finished.attempts == 2


def test_replaying_only_what_failed_leaves_a_finished_event(finished: EventLog) -> None:
    result = run("--failed-only", str(finished.pk))
    assert (result.exit_code, result.output) == (1, "0 of 1 events queued\n")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 7 * 86400)])
def test_a_time_may_be_said_by_how_long_ago_it_was(text: str, seconds: int) -> None:
    ago = (timezone.now() - Ago().convert(text, None, None)).total_seconds()
    assert abs(ago - seconds) < 5


def test_a_date_without_a_zone_is_in_utc() -> None:
    wanted = dt.datetime(2030, 1, 31, 12, tzinfo=dt.UTC)
    assert Ago().convert("2030-01-31T12:00", None, None) == wanted
    assert Ago().convert("2030-01-31T13:00+01:00", None, None) == wanted
    with pytest.raises(click.BadParameter):
        Ago().convert("31.1.2030", None, None)


class TestChosen:
    def test_a_dry_run_says_how_many_and_changes_nothing(self) -> None:
        event = failed_event(days=0.01)
        failed_event(days=3)
        code, output = outcome("--failed", "--handler", "app.bad", "--since", "2h", "--dry-run")
        assert (code, output) == (0, "1 events would be run again\n")
        event.refresh_from_db()
        assert event.status == EventStatus.DEAD

    def test_it_runs_as_a_job_of_its_own(self) -> None:
        event, other = failed_event(repository="octo/hello"), failed_event(repository="octo/other")
        code, output = outcome("--failed", "--repo", "octo/hello", "--format", "json")
        assert (code, json.loads(output)["queued"]) == (0, 1)
        assert RetentionJob.objects.get().kind == JobKind.REPLAY
        assert list(EventLog.objects.filter(status=EventStatus.PENDING)) == [event]
        assert EventLog.objects.get(pk=other.pk).status == EventStatus.DEAD

    def test_a_worker_may_do_it(self) -> None:
        failed_event()
        code, output = outcome("--failed", "--enqueue")
        assert (code, output) == (0, f"job {RetentionJob.objects.get().pk} is queued\n")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ([], "say which events"),
            (["--handler", "app.bad"], "say which events"),
            (["7", "--failed"], "not both"),
            (["--since", "yesterday"], "write 90s, 15m"),
        ],
    )
    def test_what_is_unclear_is_refused(self, arguments: list[str], text: str) -> None:
        code, output = outcome(*arguments)
        assert code == 2
        assert text in output
