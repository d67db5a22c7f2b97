"""A project's Celery application, with settings of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from celery import Celery
from django.test import override_settings

from django_github_app.celery import configure

WITHOUT_DATABASE_BEAT = override_settings(INSTALLED_APPS=["django.contrib.contenttypes", "django_github_app"])


def project(**settings: Any) -> Celery:
    """Return an app that was configured by us, and then by the project."""
    app = configure(Celery("project", set_as_current=False, fixups=[]))
    named = {f"CELERY_{name.upper()}": value for name, value in settings.items()}
    app.config_from_object(SimpleNamespace(**named), namespace="CELERY")
    return app
