"""System checks: mistakes in the configuration that would otherwise show up at night.

| id | what |
|---|---|
| E002 | the webhook secret is empty: every delivery is refused; with ``--deploy`` only |
| E003 | ``HANDLERS`` or another setting has an unusable value |
| E004 | the database is neither PostgreSQL (through psycopg 3) nor SQLite |
| E005 | a retention setting has an unusable value |
| E006 | Celery may not create the queues that events are sent to |
| E007 | beat's scheduler is that of an app that is not installed |
| E008 | the serializer of messages cannot carry ours, or workers refuse it |
| E009 | ``CACHE`` names a cache that does not exist |
| W001 | no app id or client id: nobody can be authenticated |
| W002 | no private key |
| W003 | a queue that events are sent to is consumed by no known worker type |
| W004 | Celery's visibility timeout is shorter than a task may run |
| W005 | SQLite with workers |
| W006 | Celery runs tasks eagerly outside of tests |
| W007 | the cache is not shared between processes |
| W008 | late acknowledgement is off: a killed worker loses its message |
| W009 | archives go where the site may serve files from |
| E010 | events are to be archived, but no store was named that keeps them |
| E011 | the budget of bytes in flight is smaller than one body may be |
| W010 | two commands have the same name and scope: the second is never called |
| W011 | the project's task routes name our tasks |
| W012 | beat runs without our schedules |
| W013 | the webhook secret is empty (outside of ``--deploy``) |
| W014 | the private key cannot be read |
| W015 | a webhook secret has blanks, quotes or line ends at its ends or in it |
| W016 | ``GITHUB_APP`` has a key that is no setting |
| W017 | archives are kept on the worker's own disk |
| W018 | ``API_URL`` is not the address of an API |
| W019 | webhook views are mapped under ASGI, and Django would read their bodies before they can be refused |
| E021 | a webhook view overrides what is not called: it says what to override instead |
| E022 | two views of one worker type set different clients or routers |

E001 of django-github-app (both view classes mapped) is no mistake here.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.db import connections, router
from django.urls import get_resolver

from .broker.collisions import collisions
from .broker.queues import WORKER_TYPES
from .conf import DEPRECATED_SETTINGS, GITHUB_APP_SETTINGS_NAME, SETTING_TYPES, app_settings, wrong_type
from .github.jwts import problem_of_key
from .sql.dialects import unsupported
from .view_checks import check_webhook_views, get_webhook_views

__all__ = [
    "check_cache",
    "check_celery",
    "check_commands",
    "check_credentials",
    "check_database",
    "check_retention",
    "check_settings",
    "check_webhook_views",
    "get_webhook_views",
    "register",
]

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
# Their values have checks of their own.
_CHECKED_ELSEWHERE = (
    *("HANDLERS", "WEBHOOK_TYPE", "ARCHIVE_STORAGE", "DAYS_TO_KEEP_BY_STATUS"),
    *("DAYS_TO_KEEP_EVENTS", "RETENTION_ACTION", "RETENTION_BATCH_SIZE", "RETENTION_TASK_SECONDS"),
    "ARCHIVE_MAX_FILE_BYTES",
)


def register() -> None:
    """Register the checks with Django."""
    checks.register(check_credentials, checks.Tags.security)
    checks.register(check_credentials_for_deployment, checks.Tags.security, deploy=True)
    checks.register(check_settings)
    checks.register(check_database)
    checks.register(check_celery)
    checks.register(check_cache, checks.Tags.caches)
    checks.register(check_retention)
    checks.register(check_commands)
    checks.register(check_edge)
    checks.register(check_webhook_views, checks.Tags.urls)


def check_credentials(**kwargs: Any) -> list[CheckMessage]:
    """E002, W001, W002."""
    found: list[CheckMessage] = []
    if not app_settings.webhook_secrets:
        # Not an error here: it would stop `migrate`, `runserver` and `test` in a fresh checkout.
        found.append(_no_secret(Warning, "W013"))
    found += _questionable_secrets()
    if not app_settings.APP_ID and not app_settings.CLIENT_ID:
        found.append(
            Warning(
                "Neither GITHUB_APP['APP_ID'] nor GITHUB_APP['CLIENT_ID'] is set: handlers cannot call GitHub.",
                hint="Both stand on the settings page of your GitHub App.",
                id=f"{_PREFIX}.W001",
            )
        )
    key = app_settings.PRIVATE_KEY
    if "-----BEGIN" not in key:
        found.append(
            Warning(
                "GITHUB_APP['PRIVATE_KEY'] holds no PEM key: handlers cannot call GitHub as an installation.",
                hint="Set it to the text of the .pem file, or to its path.",
                id=f"{_PREFIX}.W002",
            )
        )
    elif problem := problem_of_key(key):
        found.append(
            Warning(
                f"GITHUB_APP['PRIVATE_KEY'] {problem}: handlers cannot call GitHub as an installation.",
                hint="Generate one on the settings page of your GitHub App, and set it to the path of that file.",
                id=f"{_PREFIX}.W014",
            )
        )
    return found


def _no_secret(kind: type[Error] | type[Warning], number: str) -> CheckMessage:
    return kind(
        "GITHUB_APP['WEBHOOK_SECRET'] is empty, so every delivery is refused.",
        hint="Set it to the webhook secret of your GitHub App; a list while you rotate it.",
        id=f"{_PREFIX}.{number}",
    )


def check_credentials_for_deployment(**kwargs: Any) -> list[CheckMessage]:
    """E002."""
    return [] if app_settings.webhook_secrets else [_no_secret(Error, "E002")]


def _questionable_secrets() -> list[CheckMessage]:
    for secret in app_settings.webhook_secrets:
        if secret != secret.strip().strip(b"\"'") or len(secret.splitlines()) > 1:
            message = (
                "A secret in GITHUB_APP['WEBHOOK_SECRET'] has blanks, quotes or line ends around or in it."
            )
            hint = "They count as part of it; if they got there by pasting, remove them."
            return [Warning(message, hint=hint, id=f"{_PREFIX}.W015")]
    return []


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E003."""

    def wrong(name: str, what: str) -> CheckMessage:
        return Error(f"GITHUB_APP[{name!r}] {what}.", hint="See docs/settings.md.", id=f"{_PREFIX}.E003")

    configured: Any = getattr(settings, GITHUB_APP_SETTINGS_NAME, None) or {}
    if not isinstance(configured, Mapping):
        return [wrong("", "must be a dictionary")]
    found: list[CheckMessage] = [*_unknown_keys(configured), *_api_url()]
    found += [
        wrong(name, f"must be {wanted}, not {type(configured[name]).__name__}")
        for name in sorted(set(configured) - {*_POSITIVE, *_CHECKED_ELSEWHERE}, key=str)
        if (wanted := wrong_type(name, configured[name]))
    ]
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


def _unknown_keys(configured: Mapping[str, Any]) -> list[CheckMessage]:
    known = sorted({*SETTING_TYPES, *DEPRECATED_SETTINGS})
    return [
        Warning(
            f"GITHUB_APP has {name!r}, which is no setting of this package.",
            hint=f"Did you mean {close[0]!r}?" if close else "Remove it; docs/settings.md lists all.",
            id=f"{_PREFIX}.W016",
        )
        for name in sorted(set(map(str, configured)) - set(known))
        for close in [get_close_matches(name.upper(), known, n=1)]
    ]


def _api_url() -> list[CheckMessage]:
    url = str(app_settings.API_URL)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        hint = "It is https://api.github.com, https://api.NAME.ghe.com or https://HOST/api/v3."
    elif host in ("github.com", "www.github.com"):
        hint = "Use https://api.github.com."
    elif host.endswith(".ghe.com") and not host.startswith("api."):
        hint = f"Use https://api.{host}."
    else:
        return []
    message = f"GITHUB_APP['API_URL'] is {url!r}, which is not the address of GitHub's API."
    return [Warning(message, hint=hint, id=f"{_PREFIX}.W018")]


def check_database(**kwargs: Any) -> list[CheckMessage]:
    """E004, W005."""
    from .models import EventLog
    from .sql.dialects import database_kind

    connection = connections[router.db_for_write(EventLog)]
    if problem := unsupported(connection):
        sentence, _, hint = problem.partition(": ")
        hint = hint[:1].upper() + hint[1:]
        return [Error(f"{sentence}.", hint=hint, id=f"{_PREFIX}.E004")]
    if database_kind(connection) == "sqlite":
        if settings.DEBUG or connection.settings_dict.get("TEST", {}).get("NAME"):
            return []
        return [
            Warning(
                "Events are stored in SQLite, which has one writer: workers and web processes wait for each other.",
                hint="Use PostgreSQL in production.",
                id=f"{_PREFIX}.W005",
            )
        ]
    return []


def check_celery(**kwargs: Any) -> list[CheckMessage]:
    """E006 to E008, W003, W004, W006, W008, W011, W012."""
    from .broker import celery_app

    conf = celery_app.settings()
    found: list[CheckMessage] = []
    if conf.task_always_eager and not settings.DEBUG:
        found.append(
            Warning(
                "CELERY_TASK_ALWAYS_EAGER is on: handlers run inside the webhook request.",
                hint="Remove it outside of tests.",
                id=f"{_PREFIX}.W006",
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
    for one in collisions(conf):
        kind = Error if one.number.startswith("E") else Warning
        found.append(kind(one.message, hint=one.hint, id=f"{_PREFIX}.{one.number}"))
    return found


def check_cache(**kwargs: Any) -> list[CheckMessage]:
    """E009, W007."""
    if app_settings.CACHE not in settings.CACHES:
        return [
            Error(
                f"GITHUB_APP['CACHE'] names {app_settings.CACHE!r}, which is not in CACHES.",
                hint=f"CACHES has: {', '.join(sorted(settings.CACHES))}.",
                id=f"{_PREFIX}.E009",
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
            id=f"{_PREFIX}.W007",
        )
    ]


def check_retention(**kwargs: Any) -> list[CheckMessage]:
    """E005, W009, W017."""
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
    if app_settings.RETENTION_ACTION == "archive" and not settings.DEBUG and _is_own_disk(storage):
        found.append(
            Warning(
                "Archives go to the disk of whichever worker makes them: other machines do not see them, and a "
                "container that is replaced takes them with it.",
                hint="Name a storage that all share in GITHUB_APP['ARCHIVE_STORAGE'], such as S3. If the folder is "
                "a shared volume, silence this check.",
                id=f"{_PREFIX}.W017",
            )
        )
    return found


def _is_own_disk(storage: Any) -> bool:
    from django.core.files.storage import FileSystemStorage
    from django.utils.module_loading import import_string

    if isinstance(storage, str):
        path = settings.STORAGES.get(storage, {}).get("BACKEND", storage)
        try:
            storage = import_string(path) if isinstance(path, str) else path
        except ImportError:
            return False  # Django's own check says so
    return isinstance(storage, FileSystemStorage) or (
        isinstance(storage, type) and issubclass(storage, FileSystemStorage)
    )


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
    """E010, E011, W019."""
    found: list[CheckMessage] = []
    if app_settings.RETENTION_ACTION == "archive" and (problem := _archives_get_lost()):
        found.append(
            Error(
                f"Events are to be archived and deleted, but {problem}.",
                hint="Name an alias of STORAGES that outlives this machine's disk in GITHUB_APP['ARCHIVE_STORAGE'].",
                id=f"{_PREFIX}.E010",
            )
        )
    budget: Any = app_settings.MAX_BYTES_IN_FLIGHT
    cap: Any = app_settings.MAX_BODY_BYTES
    if isinstance(budget, int) and isinstance(cap, int) and budget < cap:
        found.append(
            Error(
                f"A body may have {cap} bytes, but no more than {budget} may be in flight: two at once are refused.",
                hint="Raise GITHUB_APP['MAX_BYTES_IN_FLIGHT'] to several times MAX_BODY_BYTES.",
                id=f"{_PREFIX}.E011",
            )
        )
    if _django_reads_bodies():
        found.append(
            Warning(
                "Webhook views are mapped and ASGI_APPLICATION is set: under ASGI Django reads the whole body of a "
                "request, however large or slow, before the view can refuse it.",
                hint="In that module: application = django_github_app.asgi.bounded(get_asgi_application()).",
                id=f"{_PREFIX}.W019",
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
