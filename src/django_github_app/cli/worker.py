"""``manage.py github worker``: a Celery worker with the pool and the queues of a worker type."""

from __future__ import annotations

from collections.abc import Sequence

import click

from django_github_app.broker import celery_app
from django_github_app.broker.queues import WORKER_TYPES


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("worker_type", type=click.Choice(WORKER_TYPES))
@click.option("--concurrency", type=click.IntRange(1), help="Processes (sync) or threads (async).")
@click.option("--loglevel", default="INFO", show_default=True)
@click.argument("celery_options", nargs=-1, type=click.UNPROCESSED)
def worker(worker_type: str, concurrency: int | None, loglevel: str, celery_options: Sequence[str]) -> None:
    """Run a worker of WORKER_TYPE: sync (prefork) or async (threads and one event loop).

    The same as ``celery -A … worker`` with the right options; what follows is passed on to it.
    """
    celery_app.run_worker(worker_type, concurrency, loglevel, celery_options)
