"""A ready Celery application, for projects that have none: ``celery -A django_github_app.celery worker …``.

Reads ``CELERY_…`` Django settings. A project with its own Celery app calls `configure` on it instead.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from .queues import recommended_settings

__all__ = ["app", "configure"]


def configure(app: Celery) -> Celery:
    """Apply the settings that this package needs, as defaults below the project's own, and return ``app``."""
    app.add_defaults(_defaults)
    return app


def _defaults() -> dict[str, Any]:
    from . import schedules

    return {**recommended_settings(), **schedules.beat_settings()}


app = configure(Celery("django_github_app"))
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
