"""``manage.py github commands``: what people can type, as the app's handlers register it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from django_github_app.commands import Command, to_markdown
from django_github_app.commands.help import usage_line
from django_github_app.conf import app_settings
from django_github_app.errors import HandlerLoadError

__all__ = ["commands", "registered"]


@click.command()
@click.option("--all", "with_hidden", is_flag=True, help="Also commands that help does not list.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="markdown: a section per command, for your app's documentation.",
)
def commands(with_hidden: bool, output: str) -> None:
    """List the commands that people can type in comments."""
    found = [command for command in registered() if with_hidden or not command.hidden]
    if output == "json":
        click.echo(json.dumps([_as_dict(command) for command in found], indent=2))
    elif output == "markdown":
        click.echo(to_markdown(found, app_settings.SLUG), nl=False)
    elif found:
        for line in _table([_row(command) for command in found]):
            click.echo(line)
    else:
        click.echo("no commands")


def registered() -> list[Command]:
    """Return the commands of all handler modules, sorted by name. Raises ClickException if one cannot be loaded."""
    from django_github_app import routing

    try:
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        routing.GitHubRouter.ensure_async_handlers_loaded()
    except HandlerLoadError as error:
        raise click.ClickException(str(error)) from error
    found = {id(r.command): r.command for r in routing.registrations() if r.command is not None}
    return sorted(found.values(), key=lambda command: command.name)


def _row(command: Command) -> tuple[str, ...]:
    permission = command.permission.describe() if command.permission else "anyone"
    return (
        usage_line(command, f"@{app_settings.SLUG} "),
        ", ".join(sorted(command.scopes)),
        permission.replace(" access to this repository", "").replace("membership of ", "@"),
        command.summary,
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    head = ("COMMAND", "WHERE", "WHO", "WHAT IT DOES")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def _as_dict(command: Command) -> dict[str, object]:
    return {
        "name": command.name,
        "aliases": list(command.aliases),
        "usage": usage_line(command, f"@{app_settings.SLUG} "),
        "scopes": sorted(command.scopes),
        "permission": command.permission.describe() if command.permission else None,
        "allow_bots": sorted(command.allow_bots)
        if isinstance(command.allow_bots, frozenset)
        else command.allow_bots,
        "hidden": command.hidden,
        "cooldown": command.cooldown,
        "help": command.help,
        "callback": f"{command.callback.__module__}.{command.callback.__qualname__}",
    }
