"""``manage.py github replay``: by ids, or by what events are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from django_github_app.cli import github
from django_github_app.cli.replay import Ago
from django_github_app.models import EventLog, EventStatus, JobKind, RetentionJob
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import deliver, process
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, ["replay", *arguments], catch_exceptions=False)


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
    monkeypatch.setattr(
        "django_github_app.maintenance.sweep.publish", lambda wanted, most=None: published.extend(wanted)
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert run(str(finished.pk)).output == "1 of 1 events queued\n"
    assert published == [("async", finished.pk)]
    process(finished)
    assert finished.status == EventStatus.DONE
    assert finished.attempts == 2


def test_replaying_only_what_failed_leaves_a_finished_event(finished: EventLog) -> None:
    result = run("--failed-only", str(finished.pk))
    assert (result.exit_code, result.output) == (1, "0 of 1 events queued\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which events: ids, --failed or --since"),
        (("1", "--failed"), "give ids, or options that choose events, not both"),
        (("--since", "yesterday"), "write 90s, 15m, 2h, 7d or 2030-01-31T12:00"),
    ],
)
def test_what_is_not_one_choice_is_refused(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_a_dry_run_counts_and_changes_nothing() -> None:
    an_event(status=EventStatus.DEAD)
    an_event(status=EventStatus.DONE)
    assert run("--failed", "--dry-run").output == "1 events would be run again\n"
    assert run("1", "2", "--dry-run").output == "2 events would be run again\n"
    assert not RetentionJob.objects.exists()
    assert EventLog.objects.filter(status=EventStatus.DEAD).count() == 1


def test_a_worker_can_be_asked_to_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_github_app.retention.jobs.publish", lambda job_id: None)
    assert "is queued" in run("--failed", "--from-start", "--rate", "5", "--enqueue").output
    job = RetentionJob.objects.get()
    assert job.kind == JobKind.REPLAY
    assert (job.parameters["failed_only"], job.parameters["rate"]) == (False, 5)


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
