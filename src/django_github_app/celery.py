"""A ready Celery application, for projects that have none: ``celery -A django_github_app.celery worker …``.

Reads ``CELERY_…`` Django settings. A project with its own Celery app calls `configure` on it instead.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from .broker import companion, guard, stopping, task_logs
from .broker.settings import put_below

__all__ = ["app", "configure"]


def configure(app: Celery) -> Celery:
    """Apply the settings that this package needs, as defaults below the project's own, and return ``app``.

    Its workers then run maintenance in a process of its own, see `broker.companion`, and have their leases kept by
    another, see `broker.guard`. Celery's lines about our tasks are left out of their logs, see `broker.task_logs`.
    """
    companion.install(app)
    guard.install(app)
    stopping.install(app)
    task_logs.install()
    if app.configured:  # type: ignore[attr-defined]  # celery-types does not know it
        put_below(app.conf)
    else:
        app.on_after_configure.connect(_on_after_configure, weak=False)
    return app


def _on_after_configure(source: Any, **kwargs: Any) -> None:
    put_below(source)


app = configure(Celery("django_github_app"))
"""The application, with the settings that this package needs; reads the project's ``CELERY_…`` settings."""
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
