"""``manage.py github …``: a click group whose commands are imported when they are used."""

from __future__ import annotations

from importlib import import_module

import click

# name → "module:attribute" below this package
LAZY_COMMANDS = {
    "archive": "retention:archive",
    "archives": "retention:archives",
    "backfill": "backfill:backfill",
    "beat": "worker:beat",
    "cancel": "cancel:cancel",
    "cleanup": "retention:cleanup",
    "commands": "commands:commands",
    "create-app": "installations:create_app",
    "dev": "dev:dev",
    "doctor": "doctor:doctor",
    "event": "events:event",
    "events": "events:events",
    "export": "export:export",
    "import-app": "installations:import_app",
    "listen": "listen:listen",
    "missed": "missed:missed",
    "ready": "ready:ready",
    "replay": "replay:replay",
    "restore": "retention:restore",
    "send": "send:send",
    "size": "size:size",
    "train-dictionary": "dictionary:train_dictionary",
    "worker": "worker:worker",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is looked at, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(LAZY_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        location = LAZY_COMMANDS.get(cmd_name)
        if location is None:
            return None
        module, _, attribute = location.partition(":")
        command = getattr(import_module(f"{__name__}.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table above
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what is missing is said in one sentence, unless ``--traceback`` is given."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            from .problems import sentence

            said = sentence(error)
            if said is None:
                raise
            raise click.ClickException(said) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--traceback", is_flag=True, help="Show the traceback of what went wrong.")
def github(traceback: bool) -> None:
    """Manage your GitHub App."""
