"""System checks of what the package runs on: database, Celery, cache."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.db import connections, router

from django_github_app.broker.collisions import collisions
from django_github_app.conf import app_settings
from django_github_app.sql.dialects import unsupported

from .prefix import PREFIX

__all__ = ["check_cache", "check_celery", "check_database"]


def check_database(**kwargs: Any) -> list[CheckMessage]:
    """E004, W005."""
    from django_github_app.models import EventLog
    from django_github_app.sql.dialects import database_kind

    connection = connections[router.db_for_write(EventLog)]
    if problem := unsupported(connection):
        sentence, _, hint = problem.partition(": ")
        hint = hint[:1].upper() + hint[1:]
        return [Error(f"{sentence}.", hint=hint, id=f"{PREFIX}.E004")]
    if database_kind(connection) == "sqlite":
        if settings.DEBUG or connection.settings_dict.get("TEST", {}).get("NAME"):
            return []
        return [
            Warning(
                "Events are stored in SQLite, which has one writer: workers and web processes wait for each other.",
                hint="Use PostgreSQL in production.",
                id=f"{PREFIX}.W005",
            )
        ]
    return []


def check_celery(**kwargs: Any) -> list[CheckMessage]:
    """E006 to E008, W003, W004, W006, W008, W011, W012."""
    from django_github_app.broker import celery_app

    conf = celery_app.settings()
    found: list[CheckMessage] = []
    if conf.task_always_eager and not settings.DEBUG:
        found.append(
            Warning(
                "CELERY_TASK_ALWAYS_EAGER is on: handlers run inside the webhook request.",
                hint="Remove it outside of tests.",
                id=f"{PREFIX}.W006",
            )
        )
    limit = conf.task_time_limit or app_settings.HANDLER_TIMEOUT
    visibility = (conf.broker_transport_options or {}).get("visibility_timeout")
    if visibility is not None and visibility <= limit:
        found.append(
            Warning(
                f"The broker hands a message out again after {visibility} s, but a task may run for {limit} s.",
                hint="Raise visibility_timeout in CELERY_BROKER_TRANSPORT_OPTIONS above CELERY_TASK_TIME_LIMIT.",
                id=f"{PREFIX}.W004",
            )
        )
    for one in collisions(conf):
        kind = Error if one.number.startswith("E") else Warning
        found.append(kind(one.message, hint=one.hint, id=f"{PREFIX}.{one.number}"))
    return found


def check_cache(**kwargs: Any) -> list[CheckMessage]:
    """E009, W007."""
    if app_settings.CACHE not in settings.CACHES:
        return [
            Error(
                f"GITHUB_APP['CACHE'] names {app_settings.CACHE!r}, which is not in CACHES.",
                hint=f"CACHES has: {', '.join(sorted(settings.CACHES))}.",
                id=f"{PREFIX}.E009",
            )
        ]
    backend = str(settings.CACHES.get(app_settings.CACHE, {}).get("BACKEND", ""))
    if settings.DEBUG or not backend.endswith((".LocMemCache", ".DummyCache")):
        return []
    return [
        Warning(
            f"The cache {app_settings.CACHE!r} is not shared: each process fetches its own tokens and learns of "
            "GitHub's rate limits by itself.",
            hint="Use a Redis cache, and name its alias in GITHUB_APP['CACHE'].",
            id=f"{PREFIX}.W007",
        )
    ]
