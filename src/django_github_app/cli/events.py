"""``manage.py github events`` and ``event``: what was received and what each handler did."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import click

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.sql.tries import earlier_tries

WINDOW = 200_000
_STATUSES = [status.label for status in EventStatus]
_COLOURS = {
    EventStatus.DONE: "green",
    EventStatus.IGNORED: "white",
    EventStatus.DEAD: "red",
    EventStatus.RETRYING: "yellow",
}
_format = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.command()
@click.option("--status", type=click.Choice(_STATUSES), help="Only events in this state.")
@click.option("--event", "event_type", help="Only this event type, as in issue_comment.")
@click.option("--repo", "repository", help="Only this repository, as owner/name.")
@click.option("--delivery", help="Only this X-GitHub-Delivery.")
@click.option("--all", "everything", is_flag=True, help=f"Search more than the newest {WINDOW:,} events.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@_format
def events(
    status: str | None,
    event_type: str | None,
    repository: str | None,
    delivery: str | None,
    everything: bool,
    limit: int,
    output: str,
) -> None:
    """List events, newest first."""
    wanted: dict[str, Any] = {}
    if status is not None:
        wanted["status"] = next(s for s in EventStatus if s.label == status)
    if event_type is not None:
        wanted["event"] = event_type
    if repository is not None:
        wanted["repository"] = repository
    if delivery is not None:
        wanted["delivery"] = delivery
    if not everything and wanted and delivery is None:
        # No index finds an event by these, so that no delivery pays for it: only so many rows are read.
        newest = EventLog.objects.order_by("-id").values_list("id", flat=True).first() or 0
        wanted["id__gt"] = newest - WINDOW
        if newest > WINDOW:
            click.echo(f"searching the newest {WINDOW:,} events; --all searches the rest too", err=True)
    rows = list(EventLog.objects.filter(**wanted).defer("body").order_by("-id")[:limit])
    runs = _runs([row.pk for row in rows])
    if output == "json":
        click.echo(json.dumps([_as_dict(row, runs.get(row.pk, [])) for row in rows], indent=2))
        return
    if not rows:
        click.echo("no events")
        return
    for row in rows:
        click.echo(_line(row, runs.get(row.pk, [])))


@click.command()
@click.argument("event_id", type=int)
@click.option("--payload", "with_payload", is_flag=True, help="Show the payload too.")
@_format
def event(event_id: int, with_payload: bool, output: str) -> None:
    """Show one event: what was received and what each handler did."""
    row = EventLog.objects.filter(pk=event_id).first()
    if row is None:
        raise click.ClickException(f"there is no event {event_id}")
    runs = _runs([row.pk]).get(row.pk, [])
    if output == "json":
        shown = _as_dict(row, runs)
        if with_payload:
            shown["payload"] = row.payload
        click.echo(json.dumps(shown, indent=2))
        return
    _show(row, runs)
    if with_payload:
        click.echo(json.dumps(row.payload, indent=2))


def wait_and_show(event_id: int, timeout: float) -> None:
    """Wait until an event is finished, or is to be retried, and show it. Exits with 1 when it failed."""
    deadline = time.monotonic() + timeout
    row = EventLog.objects.get(pk=event_id)
    while row.status in (EventStatus.PENDING, EventStatus.PROCESSING) and time.monotonic() < deadline:
        time.sleep(0.05)
        row.refresh_from_db()
    _show(row, _runs([event_id]).get(event_id, []))
    if row.status in (EventStatus.PENDING, EventStatus.PROCESSING):
        raise click.ClickException(
            f"not finished after {timeout:g} s; is a {row.worker_type} worker running?"
        )
    if row.status in (EventStatus.DEAD, EventStatus.RETRYING):
        raise click.exceptions.Exit(1)


def _runs(ids: Iterable[int]) -> dict[int, list[HandlerRun]]:
    found: dict[int, list[HandlerRun]] = {}
    for run in HandlerRun.objects.filter(event_id__in=list(ids)).order_by("started_at", "id"):
        found.setdefault(run.event_id, []).append(run)
    return found


def _status(row: EventLog) -> str:
    status = EventStatus(row.status)
    return click.style(f"{status.label:<10}", fg=_COLOURS.get(status, "cyan"))


def _name(row: EventLog) -> str:
    return f"{row.event}.{row.action}" if row.action else str(row.event)


def _line(row: EventLog, runs: Sequence[HandlerRun]) -> str:
    place = row.repository or ""
    if row.number is not None:
        place += f"#{row.number}"
    handlers = ", ".join(f"{r.command or r.handler.rsplit('.', 1)[-1]} {_duration(r)}" for r in runs)
    when = f"{row.received_at:%Y-%m-%d %H:%M:%S}"
    return f"{row.pk:>8}  {when}  {_status(row)}  {_name(row):<32} {place:<28} {handlers}".rstrip()


def _show(row: EventLog, runs: Sequence[HandlerRun]) -> None:
    click.echo(_line(row, ()))
    for label, value in (
        ("delivery", row.delivery),
        ("worker type", row.worker_type),
        ("attempts", row.attempts),
        ("next attempt", row.next_attempt_at),
        ("took", _took(row)),
    ):
        if value not in (None, ""):
            click.echo(f"          {label}: {value}")
    for run in runs:
        command = f" {run.command} {run.arguments or ''}".rstrip() if run.command else ""
        click.echo(f"          {RunStatus(run.status).label} {run.handler}{command} ({_duration(run)})")
        if run.error:
            click.echo(f"            {run.error}")
        for one in earlier_tries(run):
            click.echo(f"            {one.started_at:%Y-%m-%d %H:%M:%S} {one.error}")


def _duration(run: HandlerRun) -> str:
    return "" if run.duration_ms is None else f"{run.duration_ms:.1f} ms"


def _took(row: EventLog) -> str | None:
    if row.finished_at is None or not row.attempts:
        return None
    return f"{(row.finished_at - row.received_at).total_seconds() * 1000:.0f} ms from receipt to outcome"


def _as_dict(row: EventLog, runs: Sequence[HandlerRun]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "delivery": row.delivery,
        "event": row.event,
        "action": row.action,
        "repository": row.repository,
        "number": row.number,
        "sender": row.sender,
        "installation_id": row.installation_id,
        "status": EventStatus(row.status).label,
        "worker_type": row.worker_type,
        "attempts": row.attempts,
        "received_at": row.received_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "next_attempt_at": row.next_attempt_at.isoformat() if row.next_attempt_at else None,
        "runs": [
            {
                "kind": run.kind,
                "handler": run.handler,
                "position": run.position,
                "command": run.command,
                "arguments": run.arguments,
                "actor": run.actor,
                "status": RunStatus(run.status).label,
                "attempts": run.attempts,
                "duration_ms": run.duration_ms,
                "error": run.error,
                "earlier": [
                    {"started_at": one.started_at.isoformat(), "error": one.error}
                    for one in earlier_tries(run)
                ],
            }
            for run in runs
        ],
    }
