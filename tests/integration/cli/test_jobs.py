"""What a command says of a job, and how it ends when the job did not end well."""

from __future__ import annotations

import getpass
import json
from typing import Any

import click
import pytest
from django.core.exceptions import ImproperlyConfigured

from django_github_app.cli import jobs as commands
from django_github_app.models import JobKind, JobState, RetentionJob
from django_github_app.retention import jobs, requesting
from django_github_app.retention.stores import StoreError
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


def do(**options: Any) -> None:
    options = {"enqueue": False, "output": "table", **options}
    commands.do(JobKind.CLEANUP, requesting.cleanup_parameters(7), **options)


def test_a_job_is_run_here_and_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    an_event(days=10)
    do()
    assert capsys.readouterr().out.startswith("done: 1 deleted (")
    do()
    assert capsys.readouterr().out.startswith("done: nothing to do (")


def test_programs_get_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    do(output="json")
    said = json.loads(capsys.readouterr().out)
    assert said == {"job": RetentionJob.objects.get().pk, "kind": "cleanup", "state": "done", "processed": 0}


def test_a_job_that_is_handed_over_is_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requesting, "publish", lambda pk: None)
    do(enqueue=True)
    job = RetentionJob.objects.get()
    assert (job.state, job.source) == (JobState.QUEUED, "command")
    assert capsys.readouterr().out == f"job {job.pk} is queued\n"


def test_one_that_did_not_end_well_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(job: RetentionJob, listener: Any) -> RetentionJob:
        job.state = JobState.CANCELLED
        return job

    monkeypatch.setattr(jobs, "run_here", stopped)
    with pytest.raises(click.exceptions.Exit) as caught:
        do()
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("missing", [KeyError("uid"), OSError()])
def test_a_container_whose_user_has_no_name_may_ask_too(
    monkeypatch: pytest.MonkeyPatch, missing: Exception
) -> None:
    def getuser() -> str:
        raise missing

    monkeypatch.setattr(getpass, "getuser", getuser)
    do()
    assert RetentionJob.objects.get().requested_by == ""


@pytest.mark.parametrize("error", [StoreError("full"), ImproperlyConfigured("full"), ValueError("full")])
def test_what_is_wrong_is_said_in_one_line(error: Exception) -> None:
    with pytest.raises(click.ClickException, match=r"^full$"), commands.errors():
        raise error


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), commands.errors():
        raise ZeroDivisionError
