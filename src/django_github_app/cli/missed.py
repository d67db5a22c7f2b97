"""``manage.py github missed``: what GitHub could not deliver, why, and what came of it."""

from __future__ import annotations

import dataclasses
import json

import click


@click.command()
@click.option("--days", type=click.IntRange(1, 14), default=7, show_default=True, help="So many days back.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def missed(days: int, output: str) -> None:
    """Report the deliveries that GitHub could not make, by day and reason, and what came of them.

    Beat's task looks into GitHub's log and asks for those that a handler is for; this only tells what it found.
    """
    from django_github_app.maintenance import missed_report

    found = missed_report.days(most=days)
    if output == "json":
        click.echo(json.dumps([{**dataclasses.asdict(one), "open": one.open} for one in found], indent=2))
        return
    if not found:
        click.echo("no delivery was missed")
    for one in found:
        click.echo(
            f"{one.day}  {one.reason}: {one.missed} missed, {one.asked} asked for, {one.arrived} arrived,"
            f" {one.given_up} given up, {one.open} open; {one.unwanted} that no handler is for"
        )
