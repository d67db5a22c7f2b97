"""System checks: mistakes in the configuration that would otherwise show up at night.

| id | what |
|---|---|
| E002 | the webhook secret is empty: every delivery is refused |
| E003 | ``HANDLERS`` or another setting has an unusable value |
| E004 | the database is neither PostgreSQL nor SQLite |
| E005 | a retention setting has an unusable value |
| W001 | no app id or client id: nobody can be authenticated |
| W002 | no private key |
| W003 | a queue that events are sent to is consumed by no known worker type |
| W004 | Celery's visibility timeout is shorter than a task may run |
| W005 | SQLite with workers |
| W006 | Celery runs tasks eagerly outside of tests |
| W007 | the cache is not shared between processes |
| W008 | late acknowledgement is off: a killed worker loses its message |
| W009 | archives go where the site may serve files from |
| E006 | events are to be archived, but no store was named that keeps them |
| E007 | the budget of bytes in flight is smaller than one body may be |
| W010 | two commands have the same name and scope: the second is never called |
| W011 | webhook views are mapped under ASGI, and Django would read their bodies before they can be refused |

E001 of django-github-app (both view classes mapped) is no mistake here.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.db import connections, router
from django.urls import get_resolver

from .broker.queues import WORKER_TYPES, queue_for
from .conf import GITHUB_APP_SETTINGS_NAME, app_settings

_PREFIX = "django_github_app"
_POSITIVE = (
    "BATCH_SIZE",
    "BODY_TIMEOUT",
    "HANDLER_TIMEOUT",
    "INBOX_TIMEOUT",
    "LEASE_SECONDS",
    "MAX_ATTEMPTS",
    "MAX_BODY_BYTES",
    "MAX_BYTES_IN_FLIGHT",
    "MAX_LOST_LEASES",
    "RETRY_BACKOFF",
    "SLOW_AFTER",
    "SWEEP_GRACE",
    "SWEEP_INTERVAL",
)


def register() -> None:
    """Register the checks with Django."""
    checks.register(check_credentials, checks.Tags.security)
    checks.register(check_settings)
    checks.register(check_database)
    checks.register(check_celery)
    checks.register(check_cache, checks.Tags.caches)
    checks.register(check_retention)
    checks.register(check_commands)
    checks.register(check_edge)


def check_credentials(**kwargs: Any) -> list[CheckMessage]:
    """E002, W001, W002."""
    found: list[CheckMessage] = []
    if not app_settings.webhook_secrets:
        found.append(
            Error(
                "GITHUB_APP['WEBHOOK_SECRET'] is empty, so every delivery is refused.",
                hint="Set it to the webhook secret of your GitHub App; a list while you rotate it.",
                id=f"{_PREFIX}.E002",
            )
        )
    if not app_settings.APP_ID and not app_settings.CLIENT_ID:
        found.append(
            Warning(
                "Neither GITHUB_APP['APP_ID'] nor GITHUB_APP['CLIENT_ID'] is set: handlers cannot call GitHub.",
                hint="Both stand on the settings page of your GitHub App.",
                id=f"{_PREFIX}.W001",
            )
        )
    if "-----BEGIN" not in app_settings.PRIVATE_KEY:
        found.append(
            Warning(
                "GITHUB_APP['PRIVATE_KEY'] holds no PEM key: handlers cannot call GitHub as an installation.",
                hint="Set it to the text of the .pem file, or to its path.",
                id=f"{_PREFIX}.W002",
            )
        )
    return found


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E003."""

    def wrong(name: str, what: str) -> CheckMessage:
        return Error(f"GITHUB_APP[{name!r}] {what}.", hint="See docs/settings.md.", id=f"{_PREFIX}.E003")

    configured: Any = getattr(settings, GITHUB_APP_SETTINGS_NAME, None) or {}
    if not isinstance(configured, Mapping):
        return [wrong("", "must be a dictionary")]
    found: list[CheckMessage] = []
    for name in _POSITIVE:
        value = getattr(app_settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            found.append(wrong(name, "must be a number above 0"))
    handlers: Any = app_settings.HANDLERS
    if not isinstance(handlers, Mapping):
        return [*found, wrong("HANDLERS", "must map worker types to lists of modules")]
    for worker_type, modules in handlers.items():
        if worker_type not in WORKER_TYPES:
            found.append(
                wrong("HANDLERS", f"names the worker type {worker_type!r}; there are {WORKER_TYPES}")
            )
        elif isinstance(modules, str) or not all(isinstance(m, str) for m in modules):
            found.append(wrong("HANDLERS", f"must list the modules of {worker_type!r} as dotted paths"))
    return found


def check_database(**kwargs: Any) -> list[CheckMessage]:
    """E004, W005."""
    from .models import EventLog

    connection = connections[router.db_for_write(EventLog)]
    if connection.vendor == "postgresql":
        return []
    if connection.vendor == "sqlite":
        if settings.DEBUG or connection.settings_dict.get("TEST", {}).get("NAME"):
            return []
        return [
            Warning(
                "Events are stored in SQLite, which has one writer: workers and web processes wait for each other.",
                hint="Use PostgreSQL in production.",
                id=f"{_PREFIX}.W005",
            )
        ]
    return [
        Error(
            f"Events cannot be stored in {connection.vendor}.",
            hint="Use PostgreSQL (or SQLite for development); DATABASE_ROUTERS may send this app there.",
            id=f"{_PREFIX}.E004",
        )
    ]


def check_celery(**kwargs: Any) -> list[CheckMessage]:
    """W003, W004, W006, W008."""
    from celery._state import get_current_app

    conf = get_current_app().conf
    found: list[CheckMessage] = []
    if conf.task_always_eager and not settings.DEBUG:
        found.append(
            Warning(
                "CELERY_TASK_ALWAYS_EAGER is on: handlers run inside the webhook request.",
                hint="Remove it outside of tests.",
                id=f"{_PREFIX}.W006",
            )
        )
    if not conf.task_acks_late:
        found.append(
            Warning(
                "Celery's task_acks_late is off: the message of a killed worker is lost until the sweep.",
                hint="Use django_github_app.celery.configure(app), or set CELERY_TASK_ACKS_LATE = True.",
                id=f"{_PREFIX}.W008",
            )
        )
    limit = conf.task_time_limit or app_settings.HANDLER_TIMEOUT
    visibility = (conf.broker_transport_options or {}).get("visibility_timeout")
    if visibility is not None and visibility <= limit:
        found.append(
            Warning(
                f"The broker hands a message out again after {visibility} s, but a task may run for {limit} s.",
                hint="Raise visibility_timeout in CELERY_BROKER_TRANSPORT_OPTIONS above CELERY_TASK_TIME_LIMIT.",
                id=f"{_PREFIX}.W004",
            )
        )
    declared = {queue.name for queue in conf.task_queues or ()}
    missing = _unconsumed(declared)
    if missing:
        found.append(
            Warning(
                f"CELERY_TASK_QUEUES declares queues, but not {', '.join(missing)}: events would wait there.",
                hint="Declare them, or leave CELERY_TASK_QUEUES out.",
                id=f"{_PREFIX}.W003",
            )
        )
    return found


def _unconsumed(declared: set[str]) -> Sequence[str]:
    if not declared:
        return []
    return sorted({queue_for(t) for t in WORKER_TYPES} - declared)


def check_cache(**kwargs: Any) -> list[CheckMessage]:
    """W007."""
    backend = str(settings.CACHES.get(app_settings.CACHE, {}).get("BACKEND", ""))
    if settings.DEBUG or not backend.endswith((".LocMemCache", ".DummyCache")):
        return []
    return [
        Warning(
            f"The cache {app_settings.CACHE!r} is not shared: each process fetches its own tokens and learns of "
            "GitHub's rate limits by itself.",
            hint="Use a Redis cache, and name its alias in GITHUB_APP['CACHE'].",
            id=f"{_PREFIX}.W007",
        )
    ]


def check_retention(**kwargs: Any) -> list[CheckMessage]:
    """E005, W009."""
    from .retention.names import check_template

    found: list[CheckMessage] = []

    def wrong(name: str, what: str) -> None:
        message = f"GITHUB_APP[{name!r}] {what}."
        found.append(Error(message, hint="See docs/retention.md.", id=f"{_PREFIX}.E005"))

    if app_settings.RETENTION_ACTION not in ("delete", "archive"):
        wrong("RETENTION_ACTION", "must be 'delete' or 'archive'")
    try:
        check_template(app_settings.ARCHIVE_FILENAME_TEMPLATE)
    except ValueError as error:
        wrong("ARCHIVE_FILENAME_TEMPLATE", str(error))
    for name, least in (
        ("DAYS_TO_KEEP_EVENTS", 0),
        ("RETENTION_BATCH_SIZE", 1),
        ("RETENTION_TASK_SECONDS", 1),
        ("ARCHIVE_MAX_FILE_BYTES", 1),
    ):
        value = getattr(app_settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            wrong(name, f"must be a number, {least} or more")
    by_status: Any = app_settings.DAYS_TO_KEEP_BY_STATUS or {}
    if not isinstance(by_status, Mapping) or set(by_status) - {"done", "ignored", "dead"}:
        wrong("DAYS_TO_KEEP_BY_STATUS", "must map 'done', 'ignored' or 'dead' to days")
    storage = app_settings.ARCHIVE_STORAGE
    if isinstance(storage, str) and storage and "." not in storage and storage not in settings.STORAGES:
        wrong("ARCHIVE_STORAGE", f"names {storage!r}, which is not in STORAGES")
    elif storage == "default" and app_settings.RETENTION_ACTION == "archive" and settings.MEDIA_URL != "/":
        found.append(
            Warning(
                "Archives hold whole payloads and go to the default storage, whose files the site may serve.",
                hint="Give them a storage of their own in STORAGES, and name it in GITHUB_APP['ARCHIVE_STORAGE'].",
                id=f"{_PREFIX}.W009",
            )
        )
    return found


def check_commands(**kwargs: Any) -> list[CheckMessage]:
    """W010, of the handlers that are loaded: a check imports none, because web processes run checks too."""
    if f"{_PREFIX}.routing" not in sys.modules:
        return []
    from . import routing
    from .routing.binding import name_of

    found = [
        Warning(
            f"The command {name!r} of {name_of(hidden.callback)} is never called: {name_of(called.callback)} "
            "has that name in the same place, and was registered first.",
            hint="Rename one, or give them scopes that do not overlap.",
            id=f"{_PREFIX}.W010",
        )
        for worker_type in WORKER_TYPES
        for name, hidden, called in routing.shadowed_commands(worker_type)
    ]
    return list({message.msg: message for message in found}.values())


def check_edge(**kwargs: Any) -> list[CheckMessage]:
    """E006, E007, W011."""
    found: list[CheckMessage] = []
    if app_settings.RETENTION_ACTION == "archive" and (problem := _archives_get_lost()):
        found.append(
            Error(
                f"Events are to be archived and deleted, but {problem}.",
                hint="Name an alias of STORAGES that outlives this machine's disk in GITHUB_APP['ARCHIVE_STORAGE'].",
                id=f"{_PREFIX}.E006",
            )
        )
    budget: Any = app_settings.MAX_BYTES_IN_FLIGHT
    cap: Any = app_settings.MAX_BODY_BYTES
    if isinstance(budget, int) and isinstance(cap, int) and budget < cap:
        found.append(
            Error(
                f"A body may have {cap} bytes, but no more than {budget} may be in flight: two at once are refused.",
                hint="Raise GITHUB_APP['MAX_BYTES_IN_FLIGHT'] to several times MAX_BODY_BYTES.",
                id=f"{_PREFIX}.E007",
            )
        )
    if _django_reads_bodies():
        found.append(
            Warning(
                "Webhook views are mapped and ASGI_APPLICATION is set: under ASGI Django reads the whole body of a "
                "request, however large or slow, before the view can refuse it.",
                hint="In that module: application = django_github_app.asgi.bounded(get_asgi_application()).",
                id=f"{_PREFIX}.W011",
            )
        )
    return found


def _archives_get_lost() -> str:
    storage = app_settings.ARCHIVE_STORAGE
    if not storage:
        return "GITHUB_APP['ARCHIVE_STORAGE'] names no store"
    options = settings.STORAGES.get(storage, {}) if isinstance(storage, str) else {}
    is_file_system = str(options.get("BACKEND", "")).endswith(".FileSystemStorage")
    if is_file_system and not (options.get("OPTIONS", {}).get("location") or settings.MEDIA_ROOT):
        return f"the store {storage!r} is the working directory of whichever process archives"
    return ""


def _django_reads_bodies() -> bool:
    """Return whether the site's ASGI application has webhook views and, by its source, nothing in front of them."""
    name = getattr(settings, "ASGI_APPLICATION", None)
    if (
        not name
        or not getattr(settings, "ROOT_URLCONF", None)
        or not _maps_webhooks(get_resolver().url_patterns)
    ):
        return False
    try:
        spec = importlib.util.find_spec(str(name).rpartition(".")[0])
        source = inspect.getsource(importlib.util.module_from_spec(spec)) if spec and spec.origin else ""
    except (ImportError, OSError, TypeError, ValueError):
        return False
    return bool(source) and "django_github_app" not in source


def _maps_webhooks(patterns: Sequence[Any]) -> bool:
    return any(
        _maps_webhooks(one.url_patterns)
        if hasattr(one, "url_patterns")
        else getattr(one.callback, "is_github_webhook", False)
        for one in patterns
    )
