"""Names of the queues, and which worker consumes which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from django_github_app.conf import app_settings

if TYPE_CHECKING:
    from celery import Celery

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


def ensure_celery_app(own_app: Callable[[], Celery]) -> None:
    """Make sure that every thread publishes to the project's broker.

    A project that has a Celery app of its own imports it from its package, before apps are ready. One that has
    none (it used django-github-app until now) gets ``own_app()``, `django_github_app.celery.app`.
    """
    from celery import _state

    if getattr(_state, "default_app", None) is not None:
        return
    # Celery keeps its current app per thread; other threads would see an app without the project's settings.
    app = getattr(getattr(_state, "_tls", None), "current_app", None)
    if app is None:
        app = own_app()
    app.set_default()
