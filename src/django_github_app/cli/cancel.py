"""``manage.py github cancel``: stop events, or what is done for an issue or pull request."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import click

from django_github_app.maintenance import cancelling


@click.command()
@click.argument("event_ids", type=int, nargs=-1)
@click.option(
    "--repo", "repository", default="", help="What runs or waits under a key in this repository, owner/name …"
)
@click.option("--number", type=int, help="… for this issue or pull request.")
@click.option("--by", default="", help="Who the ledger says cancelled it; you by default.")
def cancel(event_ids: Sequence[int], repository: str, number: int | None, by: str) -> None:
    """Cancel the events with these ids, or what is done for an issue or pull request.

    What waits is over at once. A callback that runs is told within seconds, and whatever it does then does not count.
    """
    who = by or f"{_user()} (manage.py)"
    if bool(event_ids) == bool(repository or number is not None):
        raise click.UsageError("give ids of events, or --repo and --number")
    if event_ids:
        cancelled = cancelling.cancel(event_ids, who)
        click.echo(f"{len(cancelled.events)} of {len(set(event_ids))} events cancelled")
        if len(cancelled.events) < len(set(event_ids)):
            raise click.exceptions.Exit(1)
        return
    if not repository or number is None:
        raise click.UsageError("--repo and --number belong together")
    click.echo(f"{cancelling.cancel_subject(repository, number, who).runs} runs cancelled")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "somebody"
