"""``github-app new`` and ``github-app add``: a project from nothing. Needs no settings and no database."""

from __future__ import annotations

from pathlib import Path

import click

from django_github_app.setup import scaffold


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="django-github-app-celery")
def main() -> None:
    """Start a GitHub App, and add to it. What a project then does: `python manage.py github --help`."""


@main.command()
@click.argument("name")
@click.option(
    "--async/--sync", "is_async", default=True, show_default="async", help="How its handlers are written."
)
@click.option("--s3", is_flag=True, help="Archive old events in an S3 bucket.")
@click.option(
    "--directory", type=click.Path(path_type=Path), help="Where to. By default a folder of the app's name."
)
def new(name: str, is_async: bool, s3: bool, directory: Path | None) -> None:
    """Make a complete small project for the app NAME: a handler, a command, a schedule, tests, deployment.

    It uses SQLite while it is developed, until DATABASE_URL names another database.
    """
    folder = directory or Path(name)
    try:
        made = scaffold.write_project(scaffold.Project(name, is_async, s3), folder)
    except scaffold.ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(made)} files in {folder}/. Next:\n")
    click.echo(f"  cd {folder}")
    click.echo("  python -m venv .venv && . .venv/bin/activate && pip install -e '.[dev]'")
    click.echo("  cp .env.example .env && python manage.py migrate")
    click.echo(f'  python manage.py github send --comment "@{name} hello"')


@main.group()
def add() -> None:
    """Add to the project in the current folder."""


@add.command()
@click.argument("name")
@click.option("--event", default="issues.opened", show_default=True, help="Which event, as GitHub names it.")
def handler(name: str, event: str) -> None:
    """Add a handler NAME for an event."""
    try:
        module = scaffold.add_handler(Path(), name, event)
    except scaffold.ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"added {name} for {event} to {module}")


@add.command()
@click.argument("name")
def command(name: str) -> None:
    """Add a command NAME that people type in comments."""
    try:
        module = scaffold.add_command(Path(), name)
    except scaffold.ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"added the command {name} to {module}")
