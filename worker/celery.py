"""The Celery application: ``celery -A worker worker …``. The Procfile has the whole commands.

Heroku sends SIGTERM to every process of a dyno, and so does honcho: the children of a prefork worker would
die with their tasks. ``REMAP_SIGTERM=SIGQUIT`` in the Procfile turns it into a soft shutdown: no new
task, and ``worker_soft_shutdown_timeout`` seconds for the running ones. Heroku kills a dyno after 30 seconds.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

from django_github_app.celery import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

app = configure(Celery("worker"))
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery's current app belongs to a thread; the web process publishes from threads of its own.
app.set_default()


@signals.task_prerun.connect
def replace_broken_connections(**kwargs: Any) -> None:
    """Close database connections that broke: with CELERY_DB_REUSE_MAX Celery no longer does after each task."""
    from django.db import close_old_connections

    close_old_connections()


@signals.setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Leave logging as Django configured it: a receiver of this signal keeps Celery from adding handlers."""
