"""System checks of where data enters and leaves: bodies of requests, and archives."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.urls import get_resolver

from django_github_app.conf import app_settings

from .prefix import PREFIX

__all__ = ["check_edge"]


def check_edge(**kwargs: Any) -> list[CheckMessage]:
    """E010, E011, W019."""
    found: list[CheckMessage] = []
    if app_settings.RETENTION_ACTION == "archive" and (problem := _archives_get_lost()):
        found.append(
            Error(
                f"Events are to be archived and deleted, but {problem}.",
                hint="Name an alias of STORAGES that outlives this machine's disk in GITHUB_APP['ARCHIVE_STORAGE'].",
                id=f"{PREFIX}.E010",
            )
        )
    budget: Any = app_settings.MAX_BYTES_IN_FLIGHT
    cap: Any = app_settings.MAX_BODY_BYTES
    if isinstance(budget, int) and isinstance(cap, int) and budget < cap:
        found.append(
            Error(
                f"A body may have {cap} bytes, but no more than {budget} may be in flight: two at once are refused.",
                hint="Raise GITHUB_APP['MAX_BYTES_IN_FLIGHT'] to several times MAX_BODY_BYTES.",
                id=f"{PREFIX}.E011",
            )
        )
    if _django_reads_bodies():
        found.append(
            Warning(
                "Webhook views are mapped and ASGI_APPLICATION is set: under ASGI Django reads the whole body of a "
                "request, however large or slow, before the view can refuse it.",
                hint="In that module: application = django_github_app.asgi.bounded(get_asgi_application()).",
                id=f"{PREFIX}.W019",
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
