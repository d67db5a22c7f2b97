"""``manage.py github …``: a click group whose commands are imported when they are used."""

from __future__ import annotations

from importlib import import_module

import click

# name → "module:attribute" below this package, and what the list of commands says of it: to ask each command's module
# would take twice as long as to start Django
LAZY_COMMANDS = {
    "archive": ("retention:archive", "Move finished events that are old enough into archive files."),
    "archives": ("retention:archives", "List archive files, newest first; or verify, search or adopt them."),
    "backfill": ("backfill:backfill", "Fill columns of rows that django-github-app stored."),
    "beat": ("worker:beat", "Run beat, which starts the sweep, retries and retention."),
    "cancel": ("cancel:cancel", "Cancel events, or what is done for an issue or pull request."),
    "cleanup": ("retention:cleanup", "Delete finished events that are old enough."),
    "commands": ("commands:commands", "List the commands that people can type in comments."),
    "create-app": ("installations:create_app", "Create the app on GitHub, with what the handlers need."),
    "dev": ("dev:dev", "Run web, workers and beat here, beside a GitHub that is not real."),
    "doctor": ("doctor:doctor", "Look at settings, GitHub, broker, database, cache, storage and beat."),
    "event": ("events:event", "Show one event: what was received and what each handler did."),
    "events": ("events:events", "List events, newest first."),
    "export": ("export:export", "Write an event as a test of your handlers."),
    "import-app": ("installations:import_app", "Store installations of the app that were made before."),
    "listen": ("listen:listen", "Take deliveries from a channel and post them to the site here."),
    "missed": ("missed:missed", "Report the deliveries that GitHub could not make."),
    "ready": ("ready:ready", "Tell by the exit code whether the worker on this host can work."),
    "replay": ("replay:replay", "Run events again: those with the given ids, or those chosen."),
    "restore": ("retention:restore", "Bring events back out of archives, as they were."),
    "send": ("send:send", "Build a realistic payload, sign it and send it."),
    "size": ("size:size", "Reckon processes, connections, disk and more for a load."),
    "train-dictionary": ("dictionary:train_dictionary", "Train a dictionary for bodies on recent events."),
    "worker": ("worker:worker", "Run a worker: sync (prefork) or async (threads, one event loop)."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is looked at, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(LAZY_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in LAZY_COMMANDS:
            return None
        module, _, attribute = LAZY_COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"{__name__}.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table above
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, LAZY_COMMANDS[name][1]) for name in self.list_commands(ctx)])

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
