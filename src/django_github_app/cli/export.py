"""``manage.py github export``: an event of the log, or of an archive, as a fixture and a test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import zstandard

from django_github_app.bodies import frames
from django_github_app.conf import app_settings
from django_github_app.maintenance.sweep import LOST
from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.retention import Filter, NothingArchived
from django_github_app.retention.restore import search
from django_github_app.sql.outcomes import CANCELLATION
from django_github_app.testing.recorded import Recorded, redacted

from .jobs import errors

_NO_NAME = re.compile(r"[^A-Za-z0-9_.]")

TEST = '''"""Event {id}, {name}, as it was received: what the handlers are to make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_github_app.testing.recorded import Recorded, outcomes

RECORDED = Recorded.load(Path(__file__).with_name("{fixture}"))


@pytest.mark.django_db
def test_event_{id}_{identifier}(fake_github):
    RECORDED.set_up(fake_github)  # the installation, repository, issue and people of the payload
    row = RECORDED.deliver()
    assert outcomes(row) == [
{outcomes}    ]
    assert row.get_status_display() == "{status}"
'''


@dataclass(frozen=True, slots=True)
class Found:
    """An event and how its callbacks ended."""

    id: int
    recorded: Recorded
    ignored: bool
    runs: list[tuple[str, str]]


@click.command()
@click.argument("event_id", type=int)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tests"),
    show_default=True,
    help="Folder for the two files.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
def export(event_id: int, output: Path, force: bool) -> None:
    """Write an event as a test of your handlers: a JSON fixture without secrets, and a pytest that delivers it.

    The test expects that every handler that ran succeeds: for an event that failed it fails until the handler is
    mended. An event that has left the log is looked for in the archives.
    """
    with errors():
        found = _in_log(event_id) or _in_archives(event_id)
    if found is None:
        raise click.ClickException(f"there is no event {event_id}, in the log or in an archive")
    fixture, test = output / f"event_{event_id}.json", output / f"test_event_{event_id}.py"
    for path in (fixture, test):
        if path.exists() and not force:
            raise click.ClickException(f"{path} is there already: --force writes over it")
    output.mkdir(parents=True, exist_ok=True)
    found.recorded.save(fixture)
    test.write_text(_test(found, fixture.name))
    click.echo(f"{fixture}\n{test}")
    click.echo("Names and texts are as they were: read the fixture before you publish it.", err=True)


def _in_log(event_id: int) -> Found | None:
    row = EventLog.objects.filter(pk=event_id).first()
    if row is None:
        return None
    try:
        payload = row.payload
    except (RecursionError, zstandard.ZstdError) as error:
        raise ValueError(f"the body of event {event_id} cannot be read: {type(error).__name__}") from error
    runs = [(run.handler, RunStatus(run.status).label) for run in row.runs.all()]
    ignored = row.status == EventStatus.IGNORED
    return _found(event_id, row.event, row.action, row.worker_type, payload, runs, ignored=ignored)


def _in_archives(event_id: int) -> Found | None:
    try:
        event = next((event for _, event in search(Filter(ids=(event_id,)), limit=1)), None)
    except NothingArchived:
        return None
    if event is None:
        return None
    if event.body is not None:
        payload = frames.decode(event.body, form_encoded=event.form_encoded)
    else:
        payload = json.loads(event.legacy or "null")
    runs = [(run.handler, run.status) for run in event.runs]
    ignored = event.status == EventStatus.IGNORED.label
    return _found(event_id, event.event, event.action, event.worker_type, payload, runs, ignored=ignored)


def _found(
    event_id: int,
    event: str | None,
    action: str | None,
    worker_type: str,
    payload: Any,
    runs: Iterable[tuple[str, str]],
    *,
    ignored: bool,
) -> Found:
    if not event or not isinstance(payload, dict):
        raise ValueError(f"event {event_id} has no payload that could be delivered")
    recorded = Recorded(event, action, worker_type or "sync", app_settings.SLUG, redacted(payload))
    ran = [(handler, status) for handler, status in runs if handler not in (LOST, CANCELLATION)]
    return Found(event_id, recorded, ignored, ran)


def _test(found: Found, fixture: str) -> str:
    recorded = found.recorded
    name = f"{recorded.event}.{recorded.action}" if recorded.action else recorded.event
    rejected = RunStatus.REJECTED.label
    expected = sorted(
        f"{handler}: {rejected if status == rejected else RunStatus.SUCCEEDED.label}"
        for handler, status in found.runs
    )
    return TEST.format(
        id=found.id,
        name=_NO_NAME.sub("_", name),
        identifier=_NO_NAME.sub("_", name).replace(".", "_").lower(),
        fixture=fixture,
        outcomes="".join(f"        {json.dumps(one)},\n" for one in expected),
        status=(EventStatus.IGNORED if found.ignored else EventStatus.DONE).label,
    )
