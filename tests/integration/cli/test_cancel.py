"""``manage.py github cancel``: events by their ids, or what is done for an issue or pull request."""

from __future__ import annotations

import getpass

import pytest
from click.testing import CliRunner

from django_github_app.cli import github
from django_github_app.models import EventStatus, FlowPlace, HandlerRun
from django_github_app.testing.deliver import store
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def outcome(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(github, ["cancel", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_events_are_cancelled_by_whoever_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "octocat")
    row = store("push")
    assert outcome(str(row.pk)) == (0, "1 of 1 events cancelled\n")
    row.refresh_from_db()
    assert row.status == EventStatus.DONE
    assert HandlerRun.objects.get(event=row).error == "cancelled by octocat (manage.py)"


def test_an_event_that_is_over_is_not_cancelled() -> None:
    row = an_event(status=EventStatus.DONE)
    assert outcome(str(row.pk), "--by", "me") == (1, "0 of 1 events cancelled\n")


def test_what_is_done_for_an_issue_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nameless)
    row = store("issues", "opened", number=7)
    FlowPlace.objects.create(
        key=1, event_id=row.pk, handler="app.build", position=0, kind="event", label="app.build 7", attempt=1,
        tries=1, state=0, most=1, counts=True, since=0.0,
    )  # fmt: skip
    assert outcome("--repo", row.repository or "", "--number", "7") == (0, "1 runs cancelled\n")
    assert HandlerRun.objects.get(event=row).error == "cancelled by somebody (manage.py)"
    assert not FlowPlace.objects.exists()


@pytest.mark.parametrize(
    "arguments", [(), ("1", "--repo", "octo/widgets"), ("--repo", "octo/widgets"), ("--number", "1")]
)
def test_what_is_meant_has_to_be_said(arguments: tuple[str, ...]) -> None:
    code, said = outcome(*arguments)
    assert code == 2
    assert "--repo" in said
