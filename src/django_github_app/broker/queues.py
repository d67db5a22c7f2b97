"""Names of the queues, and which worker consumes which."""

from __future__ import annotations

from typing import Final, Literal

from django_github_app.conf import app_settings

WorkerType = Literal["sync", "async"]
WORKER_TYPES: Final = ("sync", "async")


def queue_for(worker_type: str) -> str:
    """Return the queue that carries events of a worker type."""
    return f"{app_settings.QUEUE_PREFIX}.{worker_type}"


def maintenance_queue() -> str:
    """Return the queue of the sweep, retention and reconciliation; a worker of any type consumes it."""
    return f"{app_settings.QUEUE_PREFIX}.maintenance"


def queues_of(worker_type: str, default_queue: str) -> list[str]:
    """Return what a worker of a type consumes: its events, the project's own tasks, and maintenance."""
    return list(dict.fromkeys([queue_for(worker_type), default_queue, maintenance_queue()]))
