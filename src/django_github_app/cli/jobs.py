"""Start jobs from a command: here with progress, or in a worker; and say in one line what is wrong."""

from __future__ import annotations

import contextlib
import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from django_github_app.errors import GitHubAppError
from django_github_app.models import JobKind, JobState, RetentionJob
from django_github_app.models.retention import create_job
from django_github_app.retention import jobs, requesting


def say(output: str, values: Mapping[str, Any], text: str) -> None:
    """Print what came of a command, for people or as JSON."""
    click.echo(json.dumps(values) if output == "json" else text)


def do(kind: JobKind, parameters: Mapping[str, Any], *, enqueue: bool, output: str) -> None:
    """Run a job to its end and say what came of it, or hand it to a worker. Exits with 1 when it did not end well."""
    who = _user()
    if enqueue:
        job = requesting.enqueue(kind, parameters, requested_by=who, source="command")
        say(output, {"job": job.pk, "state": "queued"}, f"job {job.pk} is queued")
        return
    job = create_job(kind, parameters, requested_by=who, source="command")
    with _progress(job, output) as listener:
        job = jobs.run_here(job, listener=listener)
    say(output, _job_as_dict(job), _summary(job))
    if job.state != JobState.DONE:
        raise click.exceptions.Exit(1)


def _user() -> str:
    try:
        return getpass.getuser()[:150]
    except (KeyError, OSError):  # a container whose user has no name
        return ""


@contextlib.contextmanager
def _progress(job: RetentionJob, output: str) -> Iterator[Callable[[RetentionJob], None]]:
    """Show a progress bar on a terminal, and nothing where a program reads."""
    if output == "json" or not sys.stderr.isatty():
        yield lambda job: None
        return
    with click.progressbar(length=1, label=job.get_kind_display(), file=sys.stderr, show_pos=True) as bar:

        def show(job: RetentionJob) -> None:
            bar.length = max(job.total or 0, job.processed, 1)
            bar.update(job.processed - bar.pos)

        yield show


def _summary(job: RetentionJob) -> str:
    seconds = ((job.finished_at or timezone.now()) - (job.started_at or job.created_at)).total_seconds()
    numbers = {name: value for name, value in job.result.items() if isinstance(value, int) and value}
    files = job.result.get("files", [])
    text = ", ".join(f"{value} {name}" for name, value in numbers.items()) or "nothing to do"
    text += f" in {len(files)} files" if files else ""
    return f"{JobState(job.state).label}: {text} ({seconds:.1f} s)"


def _job_as_dict(job: RetentionJob) -> dict[str, Any]:
    return {
        "job": job.pk,
        "kind": job.kind,
        "state": JobState(job.state).label,
        "processed": job.processed,
        **job.result,
    }


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Say what is wrong in one line; the log has the rest."""
    try:
        yield
    except (GitHubAppError, ImproperlyConfigured, ValueError) as error:
        raise click.ClickException(str(error)) from error
