"""System checks of ``GITHUB_APP`` itself: names, types, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.conf import (
    DEPRECATED_SETTINGS,
    GITHUB_APP_SETTINGS_NAME,
    SETTING_TYPES,
    app_settings,
    wrong_type,
)

from .prefix import PREFIX

__all__ = ["check_settings"]


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


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E003."""

    def wrong(name: str, what: str) -> CheckMessage:
        return Error(f"GITHUB_APP[{name!r}] {what}.", hint="See docs/settings.md.", id=f"{PREFIX}.E003")

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
    if missing := _missing_client():
        found.append(wrong("HTTP_CLIENT", missing))
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


def _missing_client() -> str | None:
    if wrong_type("HTTP_CLIENT", app_settings.HTTP_CLIENT):
        return None  # said already
    from django_github_app.github import http  # the web process loads the checks, and no client

    try:
        http.library()
    except ImportError as error:
        return f"names what is not there: {error}"
    return None


def _unknown_keys(configured: Mapping[str, Any]) -> list[CheckMessage]:
    known = sorted({*SETTING_TYPES, *DEPRECATED_SETTINGS})
    return [
        Warning(
            f"GITHUB_APP has {name!r}, which is no setting of this package.",
            hint=f"Did you mean {close[0]!r}?" if close else "Remove it; docs/settings.md lists all.",
            id=f"{PREFIX}.W016",
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
    return [Warning(message, hint=hint, id=f"{PREFIX}.W018")]
