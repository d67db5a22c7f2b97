"""``manage.py github worker``: a Celery worker with the pool and the queues of a worker type."""

from __future__ import annotations

from collections.abc import Sequence

import click

from django_github_app.broker.queues import WORKER_TYPES, maintenance_queue, queue_for


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("worker_type", type=click.Choice(WORKER_TYPES))
@click.option("--concurrency", type=click.IntRange(1), help="Processes (sync) or threads (async).")
@click.option("--loglevel", default="INFO", show_default=True)
@click.option(
    "--maintenance/--no-maintenance",
    default=None,
    help="Take sweep, retention and reconciliation too. Without it: the sync worker does, and the async one where "
    "no view needs a sync worker.",
)
@click.argument("celery_options", nargs=-1, type=click.UNPROCESSED)
def worker(
    worker_type: str,
    concurrency: int | None,
    loglevel: str,
    maintenance: bool | None,
    celery_options: Sequence[str],
) -> None:
    """Run a worker of WORKER_TYPE: sync (prefork) or async (threads and one event loop).

    The same as ``celery -A … worker`` with the right options; what follows is passed on to it.
    """
    from celery._state import get_current_app

    queues = [queue_for(worker_type)]
    if maintenance if maintenance is not None else worker_type == "sync" or _is_only_type("async"):
        queues.append(maintenance_queue())
    get_current_app().worker_main(
        [
            "worker",
            f"--queues={','.join(queues)}",
            f"--pool={'prefork' if worker_type == 'sync' else 'threads'}",
            f"--concurrency={concurrency or (2 if worker_type == 'sync' else 16)}",
            f"--loglevel={loglevel}",
            f"--hostname={worker_type}@%h",
            *celery_options,
        ]
    )


def _is_only_type(worker_type: str) -> bool:
    """Say whether all webhook views of the project are of one type: its worker has to do everything."""
    from django_github_app.views import webhook_views

    return {getattr(view, "worker_type", None) for view in webhook_views()} == {worker_type}
