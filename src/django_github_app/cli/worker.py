"""``manage.py github worker`` and ``github beat``: the two kinds of Celery process that this package needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from django_github_app.broker import program
from django_github_app.broker.queues import WORKER_TYPES, queues_of


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("worker_type", type=click.Choice(WORKER_TYPES))
@click.option("--concurrency", type=click.IntRange(1), help="Processes (sync) or threads (async).")
@click.option("--loglevel", default="INFO", show_default=True)
@click.argument("celery_options", nargs=-1, type=click.UNPROCESSED)
def worker(worker_type: str, concurrency: int | None, loglevel: str, celery_options: Sequence[str]) -> None:
    """Run a worker of WORKER_TYPE: sync (prefork) or async (threads and one event loop).

    The same as ``celery -A … worker`` with the right options; what follows is passed on to it. It consumes the events
    of its type, the project's own tasks (its default queue) and maintenance, this in a process of its own.
    """
    code = program.run(
        "worker",
        f"--queues={','.join(queues_of(worker_type, program.default_queue()))}",
        f"--pool={'prefork' if worker_type == 'sync' else 'threads'}",
        f"--concurrency={concurrency or (2 if worker_type == 'sync' else 16)}",
        f"--loglevel={loglevel}",
        f"--hostname={worker_type}@%h",
        *celery_options,
    )
    sys.exit(code)


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--loglevel", default="INFO", show_default=True)
@click.argument("celery_options", nargs=-1, type=click.UNPROCESSED)
def beat(loglevel: str, celery_options: Sequence[str]) -> None:
    """Run beat, which starts the sweep, retries and retention. Exactly one at a time.

    The same as ``celery -A … beat``; what follows is passed on to it. The scheduler is that of the settings:
    django-celery-beat's if it is in INSTALLED_APPS, else Celery's own, with the schedules of this package in it.
    """
    sys.exit(program.run("beat", f"--loglevel={loglevel}", *celery_options))
