"""The least that a project with our Celery settings needs, for tests that start its workers."""

from __future__ import annotations

import json
import os
from typing import Any

_more: dict[str, Any] = json.loads(os.environ.get("SMALL_SETTINGS", "{}"))

SECRET_KEY = "small"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_github_app"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CELERY_BROKER_URL = os.environ.get("SMALL_BROKER_URL", "memory://")
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 2
# What other people's projects have.
CELERY_TASK_ROUTES = {"*": {"queue": "elsewhere"}}
GITHUB_APP = {
    "WEBHOOK_SECRET": "s",
    "NAME": "small",
    "QUEUE_PREFIX": _more.pop("PREFIX", os.environ.get("SMALL_PREFIX", "github")),
    "MAINTENANCE_PROCESS": _more.pop("MAINTENANCE_PROCESS", True),
}
globals().update(_more)
