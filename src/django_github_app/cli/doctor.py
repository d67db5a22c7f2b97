"""``manage.py github doctor``: is everything as it has to be, and if not, what to do."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}
COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.command()
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--migrating", is_flag=True, help="Look at what is different for a project that used django-github-app."
)
def doctor(output: str, migrating: bool) -> None:
    """Look at settings, GitHub, broker, database, cache, storage and beat.

    Each line says ok, warning or ERROR, and what to do. Exits with 1 when there is an error.
    """
    from django_github_app.setup import doctor as diagnosis

    subjects = None
    if migrating:
        from django_github_app.setup import migrating as differences

        subjects = differences.SUBJECTS
    found = []
    for finding in diagnosis.examine(subjects):
        found.append(finding)
        if output == "table":
            mark = click.style(MARKS[finding.level], fg=COLOURS[finding.level])
            click.echo(f"{mark}  {finding.subject}: {finding.message}")
            if finding.hint:
                click.echo(f"         {finding.hint}")
    if output == "json":
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    if any(finding.level == "error" for finding in found):
        raise click.exceptions.Exit(1)
