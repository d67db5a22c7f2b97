"""A ready Celery application, for projects that have none: ``celery -A django_github_app.celery worker …``.

Reads ``CELERY_…`` Django settings. A project with its own Celery app calls `configure` on it instead.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from .broker import schedules
from .broker.queues import recommended_settings

__all__ = ["app", "configure"]


def configure(app: Celery) -> Celery:
    """Apply the settings that this package needs, as defaults below the project's own, and return ``app``."""
    if app.configured:  # type: ignore[attr-defined]  # celery-types does not know it
        _put_below(app.conf)
    else:
        app.on_after_configure.connect(_on_after_configure, weak=False)
    return app


def _on_after_configure(source: Any, **kwargs: Any) -> None:
    _put_below(source)


def _put_below(conf: Any) -> None:
    # Not `app.add_defaults`: in spite of its name, it wins over what `config_from_object` reads. The last of the
    # maps are Celery's defaults; ours go right above them.
    ours = {**recommended_settings(), **schedules.beat_settings()}
    conf.maps.insert(-1, ours)
    conf.defaults.insert(-1, ours)


app = configure(Celery("django_github_app"))
"""The application, with the settings that this package needs; reads the project's ``CELERY_…`` settings."""
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
