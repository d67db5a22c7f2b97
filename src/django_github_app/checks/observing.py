"""System checks of metrics, traces and alarms: what is on must be installed, and thresholds must be known."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

from django_github_app.conf import app_settings
from django_github_app.observe.alarms import NAMES, Thresholds

from .prefix import PREFIX

__all__ = ["check_observing"]


def check_observing(**kwargs: Any) -> list[CheckMessage]:
    """E040, W040."""
    found: list[CheckMessage] = []
    for setting, module, extra in (
        ("METRICS", "prometheus_client", "metrics"),
        ("TRACING", "opentelemetry", "otel"),
    ):
        if getattr(app_settings, setting) and find_spec(module) is None:
            message = f"GITHUB_APP[{setting!r}] is on, and {module} is not installed."
            hint = f"pip install 'django-github-app-celery[{extra}]'"
            found.append(Error(message, hint=hint, id=f"{PREFIX}.E040"))
    configured: Any = app_settings.ALARMS
    if isinstance(configured, Mapping):
        found += _alarms(configured)
    return found


def _alarms(configured: Mapping[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    defaults = Thresholds()
    for name, value in configured.items():
        if name not in NAMES:
            close = get_close_matches(str(name), NAMES, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else "docs/operations.md has the names."
            text = f"GITHUB_APP['ALARMS'] has {name!r}, which is no threshold."
            found.append(Warning(text, hint=hint, id=f"{PREFIX}.W040"))
            continue
        wanted: Any = type(getattr(defaults, name))
        fits = (
            isinstance(value, int | float) and value >= 0
            if wanted in (int, float)
            else isinstance(value, wanted)
        )
        if not fits:
            text = f"GITHUB_APP['ALARMS'][{name!r}] is {value!r}, which is no {wanted.__name__}."
            found.append(Warning(text, hint="docs/operations.md has the defaults.", id=f"{PREFIX}.W040"))
    return found
