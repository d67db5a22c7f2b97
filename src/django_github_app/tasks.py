"""Celery entry points: each one call into the room that does the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from celery import Task, shared_task
from django.db import connections

from .broker import guard, stopping
from .broker.settings import queue_of
from .process.board import Board
from .sql.dialects import discard

__all__ = [
    "plan_schedules",
    "process_alone",
    "process_event",
    "process_events",
    "reconcile",
    "recover_missed",
    "retention",
    "run_retention_job",
    "sweep",
    "watch_commands",
    "watch_retention_jobs",
]


def _keep_leases(board: Board) -> Callable[[], float]:
    from .execution import guard as room

    return room.watcher(board)


def _end_long() -> None:
    # Where no event was processed, nothing is imported for that.
    room = sys.modules.get("django_github_app.execution.batches")
    if room is not None:
        room.end_long()


guard.watch_with(_keep_leases)
stopping.before_end(_end_long)


class GitHubTask(Task):  # type: ignore[type-arg]  # generic only for the type checker
    """A task whose queue stands on itself: neither the project's routes nor a missing `configure` change it."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *positional: Any, **options: Any) -> Any:
        if not any(options.get(name) for name in ("queue", "exchange", "routing_key")):
            options["queue"] = queue_of(str(self.name))
        return super().apply_async(args, kwargs, *positional, **options)

    def after_return(self, *args: Any) -> None:
        """Let the next task open connections anew in place of those on which a statement has failed.

        The server may answer on one and refuse all the same: after a failover a session stays on a server that is
        read-only now, for as long as Celery or a pool keeps it.
        """
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred and not connection.in_atomic_block:
                discard(connection)


@shared_task(base=GitHubTask, name="django_github_app.tasks.process_event")
def process_event(event_id: int) -> None:
    """Process one event."""
    from .execution import batches

    batches.process([event_id])


@shared_task(base=GitHubTask, name="django_github_app.tasks.process_events")
def process_events(event_ids: Sequence[int], worker_type: str | None = None) -> None:
    """Process what is pending of a worker type; ``event_ids`` says which events the message was sent for."""
    from .execution import batches

    batches.process(event_ids, worker_type)


@shared_task(base=GitHubTask, name="django_github_app.tasks.process_alone")
def process_alone(event_ids: Sequence[int], worker_type: str) -> None:
    """Process events that took a worker down, apart from all others; then what is pending."""
    from .execution import batches

    batches.process_alone(event_ids, worker_type)


@shared_task(base=GitHubTask, name="django_github_app.tasks.sweep")
def sweep() -> None:
    """Publish what waits without a message and take back expired leases."""
    from .maintenance import heartbeat
    from .maintenance import sweep as recovery

    recovery.sweep()
    heartbeat.note()


@shared_task(base=GitHubTask, name="django_github_app.tasks.retention")
def retention(
    action: str | None = None,
    days_to_keep: int | dict[str, int] | None = None,
    archive_days_to_keep: int | None = None,
) -> None:
    """Enqueue what the retention policy asks for."""
    from .retention import scheduled

    scheduled.apply_policy(action, days_to_keep, archive_days_to_keep)


@shared_task(base=GitHubTask, name="django_github_app.tasks.run_retention_job", ignore_result=True)
def run_retention_job(job_id: int) -> None:
    """Work on a retention job for a bounded time."""
    from .retention import jobs

    jobs.run(job_id)


@shared_task(base=GitHubTask, name="django_github_app.tasks.watch_retention_jobs")
def watch_retention_jobs() -> None:
    """Bring back retention jobs whose message or worker is lost."""
    from .retention import jobs

    jobs.watch()


@shared_task(base=GitHubTask, name="django_github_app.tasks.watch_commands")
def watch_commands() -> None:
    """Report commands that were taken and have no outcome."""
    from .execution import commands

    commands.answer_overdue()


@shared_task(base=GitHubTask, name="django_github_app.tasks.reconcile")
def reconcile() -> None:
    """Compare installations and repositories with GitHub."""
    from .maintenance import reconcile as room

    room.reconcile_if_configured()


@shared_task(base=GitHubTask, name="django_github_app.tasks.plan_schedules")
def plan_schedules() -> None:
    """Make events of the schedules that are due."""
    from .maintenance import planning

    planning.plan()


@shared_task(base=GitHubTask, name="django_github_app.tasks.recover_missed")
def recover_missed() -> None:
    """Ask GitHub for the deliveries that it could not deliver."""
    from .maintenance import missed

    missed.recover_if_configured()


@shared_task(base=GitHubTask, name="django_github_app.tasks.backfill", ignore_result=True)
def backfill() -> None:
    """Fill the columns of some rows that django-github-app stored."""
    from .maintenance import backfill as room

    room.backfill()
