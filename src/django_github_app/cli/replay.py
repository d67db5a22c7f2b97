"""``manage.py github replay``: run events again, by their ids or by what they are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import click

from django_github_app.maintenance import publishing
from django_github_app.models import JobKind
from django_github_app.retention import replaying, requesting
from django_github_app.sql.clock import database_now

from .jobs import do, errors, say

MOST_COUNTED = 100_000
_AGO = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


class Ago(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases
    """A time that long ago, as in ``90s``, ``15m``, ``2h``, ``7d``; or a date and time, UTC without a zone."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        text = str(value)
        if match := _AGO.fullmatch(text):
            return database_now() - dt.timedelta(seconds=int(match[1]) * _UNITS[match[2]])
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r}: write 90s, 15m, 2h, 7d or 2030-01-31T12:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


@click.command()
@click.argument("event_ids", type=int, nargs=-1)
@click.option(
    "--failed-only", is_flag=True, help="Run only the callbacks that failed; those that succeeded stay done."
)
@click.option("--failed", is_flag=True, help="Events that failed for good: their failed callbacks are run.")
@click.option(
    "--handler", default="", help="Only events this handler ran for; with --failed: in which it failed."
)
@click.option("--event", "event_type", default="", help="Only this event, or event.action.")
@click.option("--repo", "repository", default="", help="Only this repository, as owner/name.")
@click.option(
    "--since", type=Ago(), help="Only events received since then: 15m, 2h, 7d, or a date and time (UTC)."
)
@click.option("--from-start", is_flag=True, help="With --failed: run callbacks that succeeded too.")
@click.option(
    "--rate",
    type=click.FloatRange(0.1, 10_000),
    default=replaying.RATE,
    show_default=True,
    help="Events a second.",
)
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@click.option("--enqueue", is_flag=True, help="Let a worker do it, and return at once.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def replay(
    event_ids: Sequence[int],
    failed_only: bool,
    failed: bool,
    handler: str,
    event_type: str,
    repository: str,
    since: dt.datetime | None,
    from_start: bool,
    rate: float,
    dry_run: bool,
    enqueue: bool,
    output: str,
) -> None:
    """Run events again: those with the given ids, or those that the options choose.

    Chosen events run at a pace, oldest first, as a job that the admin shows and can cancel. Ctrl-C stops it too.
    """
    choice = replaying.Choice(failed, handler, event_type, repository, since)
    if event_ids:
        if choice != replaying.Choice():
            raise click.UsageError("give ids, or options that choose events, not both")
        _replay_ids(event_ids, failed_only=failed_only, dry_run=dry_run)
        return
    if not failed and since is None:
        raise click.UsageError("say which events: ids, --failed or --since")
    if dry_run:
        number, more = replaying.count(choice, MOST_COUNTED)
        text = f"{'more than ' if more else ''}{number} events would be run again"
        say(output, {"events": number, "capped": more, "dry_run": True}, text)
        return
    with errors():
        parameters = requesting.replay_parameters(
            choice, from_start=from_start and not failed_only, rate=rate
        )
        do(JobKind.REPLAY, parameters, enqueue=enqueue, output=output)


def _replay_ids(event_ids: Sequence[int], *, failed_only: bool, dry_run: bool) -> None:
    if dry_run:
        click.echo(f"{len(event_ids)} events would be run again")
        return
    moved = publishing.replay(event_ids, failed_only=failed_only)
    click.echo(f"{len(moved)} of {len(event_ids)} events queued")
    if len(moved) < len(event_ids):
        raise click.exceptions.Exit(1)
