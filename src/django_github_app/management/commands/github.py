"""``manage.py github …``: hands its arguments to the click group in `django_github_app.cli`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_github_app.cli import github


class Command(BaseCommand):
    help = "Manage your GitHub App: send and inspect events, import installations, archive and clean up."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Run from the command line: options are click's, exit codes too."""
        arguments = [a for a in argv[2:] if not a.startswith(("--settings=", "--pythonpath="))]
        _join_development(arguments)
        try:
            github.main(args=arguments, prog_name=f"{argv[0]} {argv[1]}")
        except CommandError as error:
            sys.exit(f"Error: {error}")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Run from `call_command`: ``call_command("github", "import-app", "--type", "org")``."""
        arguments = [str(a) for a in options["arguments"] or args]
        try:
            github.main(args=arguments, prog_name="github", standalone_mode=False)
        except click.ClickException as error:
            raise CommandError(error.format_message()) from error
        return None


def _join_development(arguments: list[str]) -> None:
    """While `github dev` runs in this folder, start again with its servers and its GitHub."""
    if arguments[:1] in (["dev"], ["worker"], ["beat"]) or "GITHUB_APP_DEV" in os.environ:
        return
    if not os.path.exists(os.path.join(".local", "github-dev.json")):
        return
    from django_github_app.cli.dev import running

    if (env := running()) is not None:
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **env})  # noqa: S606


def __getattr__(name: str) -> Any:
    if name == "import_app":  # django-github-app has it here
        from django_github_app.cli.installations import import_app

        return import_app
    raise AttributeError(name)
