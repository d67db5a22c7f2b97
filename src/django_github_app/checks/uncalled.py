"""System checks of handlers that are never called: for events that do not exist, or beside the mapped view."""

from __future__ import annotations

import importlib.util
import inspect
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name for it

from django_github_app.broker.queues import WORKER_TYPES

from .prefix import PREFIX

__all__ = ["check_handlers"]


def check_handlers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W042, W043. Handler modules that nobody has imported are read, not imported."""
    from django_github_app.routing.misnamed import misnamed

    found: list[CheckMessage] = [
        Warning(
            str(one),
            hint="The callback is never called. If GitHub has it and this version does not know it yet, silence "
            "the check.",
            id=f"{PREFIX}.W042",
        )
        for one in misnamed()
    ]
    return [*found, *_beside_the_view()]


def _beside_the_view() -> list[CheckMessage]:
    mapped = _mapped_types()
    if not mapped or len(mapped) == len(WORKER_TYPES):
        return []
    found: list[CheckMessage] = []
    for worker_type in WORKER_TYPES:
        where = _handlers_of(worker_type)
        if worker_type not in mapped and where:
            (other,) = mapped
            found.append(
                Warning(
                    f"{where} registers handlers for the {worker_type} worker, and only the view of the {other} "
                    "worker is mapped: they are never called.",
                    hint=f"Map {worker_type.capitalize()}WebhookView and give GitHub its address, or move the "
                    f"handlers to events/{'ahandlers' if other == 'async' else 'handlers'}.py.",
                    id=f"{PREFIX}.W043",
                )
            )
    return found


def _mapped_types() -> set[str]:
    """Return the worker types whose views are mapped; empty when that cannot be told from the URLs."""
    from .webhook_views import get_webhook_views

    if any(_mounts(getattr(settings, name, None)) for name in ("ASGI_APPLICATION", "WSGI_APPLICATION")):
        return set()
    return {view.worker_type for view in get_webhook_views()}


def _mounts(application: str | None) -> bool:
    """Return whether the site's application, by its source, receives deliveries in front of Django."""
    try:
        spec = importlib.util.find_spec(str(application).rpartition(".")[0]) if application else None
        source = inspect.getsource(importlib.util.module_from_spec(spec)) if spec and spec.origin else ""
    except (ImportError, OSError, TypeError, ValueError):
        return False
    return "django_github_app" in source and "mount" in source


def _handlers_of(worker_type: str) -> str:
    """Return a file with handlers that are for this worker type alone; the empty text when there is none."""
    from django_github_app.routing.sources import read_handlers

    (other,) = set(WORKER_TYPES) - {worker_type}
    shared = {one.file for one in read_handlers(other)}
    return next((one.file for one in read_handlers(worker_type) if one.file not in shared), "")
