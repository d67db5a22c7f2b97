"""``manage.py github backfill``: fill the columns of rows that django-github-app stored."""

from __future__ import annotations

import sys

import click


@click.command()
@click.option("--rest", type=click.FloatRange(0, 100), default=4.0, show_default=True,
              help="Seconds of rest for each second of work.")  # fmt: skip
def backfill(rest: float) -> None:
    """Fill action, repository, sender and number of rows that django-github-app stored.

    Beat does the same, a part every minute. It may be stopped at any time and goes on from there.
    """
    from django_github_app.maintenance import backfill as room
    from django_github_app.sql.backfill import count_unfilled

    total = count_unfilled()
    filled = 0
    if not total:
        click.echo("every row is filled")
        return
    with click.progressbar(length=total, label="rows", file=sys.stderr) as bar:
        for count in room.steps(rest):
            filled += count
            bar.update(count)
    click.echo(f"{filled} rows filled")
