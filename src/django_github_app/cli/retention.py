"""``manage.py github cleanup | archive | restore | archives``: keep the event log small, bring events back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from django_github_app.conf import app_settings
from django_github_app.models import ArchiveFile, ArchiveState, JobKind
from django_github_app.retention import Filter, kinds, requesting
from django_github_app.retention.policy import FINAL, Cutoffs, count_due, policy_days
from django_github_app.retention.restore import adopt as adopt_archives
from django_github_app.retention.restore import search as search_archives
from django_github_app.retention.stores import Store

from .jobs import do, errors, say

F = TypeVar("F", bound=Callable[..., Any])

_format = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True
)
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_enqueue = click.option("--enqueue", is_flag=True, help="Let a worker do it, and return at once.")
_date = click.DateTime(["%Y-%m-%d"])


def _days(command: F) -> F:
    command = click.option(
        "--days-for",
        "days_for",
        multiple=True,
        metavar="STATE=DAYS",
        help=f"Other days for a final state ({', '.join(FINAL)}).",
    )(command)
    return click.option("--days", type=click.IntRange(0), help="Days to keep. Without: as the settings say.")(
        command
    )


def _which(command: F) -> F:
    for option in (
        click.option("--file", "paths", multiple=True, help="Only this archive file."),
        click.option("--since", type=_date, help="Only days from this one on (UTC)."),
        click.option("--until", type=_date, help="Only days up to this one (UTC)."),
    ):
        command = option(command)
    return command


def _what(command: F) -> F:
    for option in (
        click.option("--delivery", "deliveries", multiple=True, help="Only this X-GitHub-Delivery."),
        click.option("--repo", "repositories", multiple=True, help="Only this repository, as owner/name."),
        click.option("--event", "events", multiple=True, help="Only this event, or event.action."),
        click.option("--sender", "senders", multiple=True, help="Only events this account caused."),
        click.option("--status", "statuses", multiple=True, type=click.Choice(list(FINAL))),
        click.option("--id", "ids", multiple=True, type=int, help="Only this event id."),
    ):
        command = option(command)
    return command


@click.command()
@_days
@_dry_run
@_enqueue
@_format
def cleanup(days: int | None, days_for: Sequence[str], dry_run: bool, enqueue: bool, output: str) -> None:
    """Delete finished events that are old enough."""
    with errors():
        keep = _days_to_keep(days, days_for)
        if dry_run:
            _say_due(keep, output, "would be deleted")
            return
        do(JobKind.CLEANUP, requesting.cleanup_parameters(keep), enqueue=enqueue, output=output)


@click.command()
@_days
@click.option("--storage", help="Alias in STORAGES or dotted path. Without: ARCHIVE_STORAGE.")
@click.option("--location", help="Folder in the storage. Without: ARCHIVE_LOCATION.")
@click.option("--keep-rows", is_flag=True, help="Leave the events in the database too.")
@_dry_run
@_enqueue
@_format
def archive(
    days: int | None,
    days_for: Sequence[str],
    storage: str | None,
    location: str | None,
    keep_rows: bool,
    dry_run: bool,
    enqueue: bool,
    output: str,
) -> None:
    """Move finished events that are old enough into archive files."""
    with errors():
        keep = _days_to_keep(days, days_for)
        parameters = requesting.archive_parameters(
            keep, storage=storage, location=location, delete_after_archive=not keep_rows
        )
        plan = kinds.plan_of(parameters)
        if dry_run:
            extra = "AND e.archive_id IS NULL" if keep_rows else ""
            _say_due(keep, output, f"would go to {plan.store.name}:{plan.location}", extra=extra)
            return
        do(JobKind.ARCHIVE, parameters, enqueue=enqueue, output=output)


@click.command()
@_which
@_what
@click.option("--all", "everything", is_flag=True, help="Everything that was ever archived.")
@click.option("--reprocess", is_flag=True, help="Run the handlers on what comes back.")
@_dry_run
@_enqueue
@_format
def restore(
    everything: bool, reprocess: bool, dry_run: bool, enqueue: bool, output: str, **which: Any
) -> None:
    """Bring events back out of archives, as they were."""
    chosen = _filter(which)
    if not everything and chosen == Filter():
        raise click.UsageError("say what to restore: --file, --since, --delivery, --repo …, or --all")
    with errors():
        if dry_run:
            files = chosen.archive_files()
            found = sum(1 for _ in search_archives(chosen))
            damaged = [file.path for file in chosen.damaged_files()]
            say(
                output,
                {"events": found, "files": len(files), "damaged": damaged},
                f"{found} events in {len(files)} files match",
            )
            _say_damaged(damaged)
            return
        parameters = requesting.restore_parameters(chosen, reprocess=reprocess)
        do(JobKind.RESTORE, parameters, enqueue=enqueue, output=output)


@click.group(invoke_without_command=True)
@_which
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@_format
@click.pass_context
def archives(context: click.Context, /, limit: int, output: str, **which: Any) -> None:
    """List archive files, newest first; or verify, search or adopt them."""
    if context.invoked_subcommand is not None:
        return
    chosen = _filter(which)
    rows = ArchiveFile.objects.order_by("-id")
    if chosen.paths:
        rows = rows.filter(path__in=chosen.paths)
    if chosen.since:
        rows = rows.filter(day__gte=chosen.since)
    if chosen.until:
        rows = rows.filter(day__lte=chosen.until)
    files = list(rows[:limit])
    if output == "json":
        click.echo(json.dumps([_file_as_dict(file) for file in files], indent=2))
        return
    if not files:
        click.echo("no archives")
    for file in files:
        state = ArchiveState(file.state).label
        click.echo(f"{file.day}  {state:<9} {file.count:>8} events {file.size:>12} bytes  {file.path}")
        if file.error:
            click.echo(f"            {file.error}")


@archives.command()
@_which
@_enqueue
@_format
def verify(enqueue: bool, output: str, **which: Any) -> None:
    """Read archives against their manifests. Exits with 1 when one is damaged."""
    with errors():
        parameters = {"filter": _filter(which).to_json()}
        do(JobKind.VERIFY, parameters, enqueue=enqueue, output=output)


@archives.command()
@_which
@_what
@click.option("--text", default="", help="Only events whose body contains this.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--payload", "with_payload", is_flag=True, help="Show the payload too.")
@_format
def search(text: str, limit: int, with_payload: bool, output: str, **which: Any) -> None:
    """Find events in archives without restoring them. JSON: one object per line, as they are found."""
    found = 0
    chosen = _filter({**which, "text": text})
    with errors():
        for file, event in search_archives(chosen, limit=limit):
            found += 1
            name = f"{event.event}.{event.action}" if event.action else str(event.event)
            body = (event.body or (event.legacy or "").encode()).decode(errors="replace")
            if output == "json":
                shown = {
                    "file": file.path,
                    "id": event.id,
                    "delivery": event.delivery,
                    "event": event.event,
                    "action": event.action,
                    "repository": event.repository,
                    "sender": event.sender,
                    "status": event.status,
                    "received_at": event.received_at.isoformat(),
                }
                click.echo(json.dumps(shown | ({"body": body} if with_payload else {})))
            else:
                when = f"{event.received_at:%Y-%m-%d %H:%M:%S}"
                place = event.repository or ""
                click.echo(f"{event.id:>8}  {when}  {event.status:<8} {name:<32} {place:<28} {file.path}")
                if with_payload:
                    click.echo(body)
    if not found and output == "table":
        click.echo("no events match")
    _say_damaged([file.path for file in chosen.damaged_files()])


@archives.command()
@click.option("--storage", help="Alias in STORAGES or dotted path. Without: ARCHIVE_STORAGE.")
@click.option("--location", help="Folder in the storage. Without: ARCHIVE_LOCATION.")
@click.option(
    "--unsigned", is_flag=True, help="Also those whose manifests none of the site's keys has signed."
)
def adopt(storage: str | None, location: str | None, unsigned: bool) -> None:
    """Learn of archives that are in a store but not in this database, from their manifests.

    Exits with 1 when some were left alone. A signature proves who wrote a manifest, not that its archive is whole:
    verify says that.
    """
    refused: list[str] = []

    def refuse(path: str, reason: str) -> None:
        refused.append(path)
        click.echo(f"left alone: {path} {reason}", err=True)

    with errors():
        place = app_settings.ARCHIVE_LOCATION if location is None else location
        adopted = 0
        store = Store.resolve(storage)
        for file in adopt_archives(store, place, unsigned=unsigned, refuse=refuse):
            adopted += 1
            click.echo(f"{file.day}  {file.count:>8} events  {file.path}")
        click.echo(f"{adopted} archives adopted")
        if unsigned:
            click.echo("Unsigned manifests were believed: nothing proves who wrote their archives.", err=True)
    if refused:
        click.echo(
            f"{len(refused)} left alone. SECRET_KEY_FALLBACKS may name the key that signed them; --unsigned takes "
            "those that nobody signed, as earlier versions wrote them.",
            err=True,
        )
        raise click.exceptions.Exit(1)


def _say_damaged(paths: Sequence[str]) -> None:
    """Name the archives that were found damaged, whose events are not among those that were looked at."""
    if not paths:
        return
    click.echo(f"{len(paths)} archives are damaged and were not read: {', '.join(paths)}", err=True)
    raise click.exceptions.Exit(1)


def _days_to_keep(days: int | None, days_for: Sequence[str]) -> Mapping[str, int]:
    keep = policy_days() if days is None else dict.fromkeys(FINAL, days)
    for pair in days_for:
        name, _, number = pair.partition("=")
        if name not in FINAL or not number.isdigit():
            raise click.BadParameter(f"{pair!r}: write STATE=DAYS, as in dead=30", param_hint="--days-for")
        keep[name] = int(number)
    return keep


def _filter(which: Mapping[str, Any]) -> Filter:
    values = dict(which)
    for name in ("since", "until"):
        if isinstance(values.get(name), dt.datetime):
            values[name] = values[name].date()
    return Filter(**values)


def _say_due(keep: Mapping[str, int], output: str, what: str, *, extra: str = "") -> None:
    count = count_due(Cutoffs.from_days(keep), extra=extra, limit=1_000_000)
    say(
        output,
        {"events": count.number, "capped": count.capped, "days_to_keep": dict(keep), "dry_run": True},
        f"{count} events {what}",
    )


def _file_as_dict(file: ArchiveFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "storage": file.storage,
        "path": file.path,
        "day": file.day.isoformat(),
        "state": ArchiveState(file.state).label,
        "first_id": file.first_id,
        "last_id": file.last_id,
        "count": file.count,
        "size": file.size,
        "sha256": file.sha256,
        "verified_at": file.verified_at.isoformat() if file.verified_at else None,
        "error": file.error,
    }
