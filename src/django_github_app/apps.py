"""The Django app: what is done when Django starts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate

if TYPE_CHECKING:
    from celery import Celery

    from .models import Incident
    from .observe.alarms import Thresholds
    from .sql.rollups import Additions

__all__ = ["GitHubAppConfig"]


class GitHubAppConfig(AppConfig):
    """The app of ``INSTALLED_APPS``: registers system checks, and a Celery application where the project has none."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "django_github_app"
    verbose_name = "GitHub App"

    def ready(self) -> None:
        """Prepare what every process needs; connects to nothing."""
        from . import checks
        from .broker import celery_app, own_processes, schedules
        from .conf import DEPRECATED_SETTINGS, GITHUB_APP_SETTINGS_NAME

        checks.register()
        _observe()
        use_dictionaries()
        celery_app.ensure_celery_app(_own_celery_app)
        own_processes.when_they_start(limit_waits_for_databases)
        post_migrate.connect(schedules.create_schedules, sender=self)
        if apps.is_installed("django_celery_beat"):
            # Its tables may be in a database without ours, and may be made after ours.
            beat = apps.get_app_config("django_celery_beat")
            post_migrate.connect(schedules.create_schedules, sender=beat)

        configured = getattr(settings, GITHUB_APP_SETTINGS_NAME, None) or {}
        for setting, message in DEPRECATED_SETTINGS.items():
            if setting in configured:
                warnings.warn(message, DeprecationWarning, stacklevel=1)


def _observe() -> None:
    """Arrange for metrics, traces and alarms; what they need is imported when it is needed."""
    from .observe import start, telling

    if _tell_in_an_issue not in telling.TELLERS:
        telling.TELLERS.append(_tell_in_an_issue)
    start.prepare(_write_rollups)


def _tell_in_an_issue(incident: Incident, recovered: bool, limits: Thresholds) -> None:
    if limits.issue:
        from .maintenance import alarm_issues

        alarm_issues.tell(incident, recovered, limits)


def _write_rollups(additions: Additions) -> None:
    from .sql import rollups

    rollups.add(additions)


def _own_celery_app() -> Celery:
    from .celery import app

    return app


def limit_waits_for_databases() -> None:
    """Let no statement of this process wait for ever for a server that takes bytes and says nothing.

    For processes of ours. Beat would start nothing any more, and a sweep would hold up the next ones for as long as
    the time limit of tasks.
    """
    from django.db import connections

    from .sql.own_connections import SILENCE, impatient

    for connection in connections.all():
        impatient(connection, lambda: SILENCE)
        connection.close()  # it counts from the next opening on


def use_dictionaries() -> None:
    """Read GITHUB_APP["BODY_DICTIONARIES"]. Raises ImproperlyConfigured for a file that is no dictionary."""
    from zstandard import ZstdError

    from .bodies import frames
    from .conf import app_settings

    paths = app_settings.BODY_DICTIONARIES
    if not paths:
        return  # the package's own are read on first use
    try:
        frames.use_dictionaries(paths)
    except (OSError, ValueError, ZstdError) as error:
        raise ImproperlyConfigured(f"GITHUB_APP['BODY_DICTIONARIES']: {error}") from error
