"""What beat starts, and how often. ``migrate`` creates these schedules; from then on the admin edits them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from django_github_app.conf import app_settings


@dataclass(frozen=True, slots=True)
class Schedule:
    """One periodic task: ``every`` seconds, dropped unless a worker takes it within ``expires`` seconds."""

    name: str
    task: str
    every: float
    expires: float
    description: str


def schedules() -> list[Schedule]:
    """Return the schedules of this package."""
    return [
        Schedule(
            "github: sweep",
            "django_github_app.tasks.sweep",
            app_settings.SWEEP_INTERVAL,
            max(app_settings.SWEEP_INTERVAL * 3, 15),
            "Publishes due retries and events that were stored but not enqueued; takes back expired leases.",
        ),
        Schedule(
            "github: reconcile",
            "django_github_app.tasks.reconcile",
            min(app_settings.RECONCILE_INTERVAL, 3600),
            3600,
            "Compares installations and their repositories with GitHub, some at a time.",
        ),
        Schedule(
            "github: missed deliveries",
            "django_github_app.tasks.recover_missed",
            app_settings.RECOVER_MISSED_INTERVAL or 300,
            300,
            "Asks GitHub for the deliveries that it could not deliver (its log keeps them for three days).",
        ),
        Schedule(
            "github: retention",
            "django_github_app.tasks.retention",
            3600,
            3600,
            "Deletes or archives old events, as GITHUB_APP says; keyword arguments here go first: action "
            '("delete" or "archive"), days_to_keep, archive_days_to_keep.',
        ),
        Schedule(
            "github: retention jobs",
            "django_github_app.tasks.watch_retention_jobs",
            60,
            60,
            "Brings back retention jobs whose message or worker is lost.",
        ),
        Schedule(
            "github: commands",
            "django_github_app.tasks.watch_commands",
            60,
            60,
            "Tells the author of a command that was taken and has no outcome; forgets old commands.",
        ),
        Schedule(
            "github: backfill",
            "django_github_app.tasks.backfill",
            60,
            60,
            "Fills the columns of rows that django-github-app stored, some at a time; nothing once they are filled.",
        ),
    ]


def uses_database_scheduler() -> bool:
    # Not the app registry: the celery command reads its configuration before apps are loaded.
    return any(app.startswith("django_celery_beat") for app in settings.INSTALLED_APPS)


def beat_settings() -> dict[str, Any]:
    """Return ``beat_schedule`` for a project without django-celery-beat, or the scheduler that uses it."""
    if uses_database_scheduler():
        return {
            "beat_scheduler": "django_celery_beat.schedulers:DatabaseScheduler",
            "beat_max_loop_interval": 5,
        }
    return {
        "beat_schedule": {
            s.name: {
                "task": s.task,
                "schedule": dt.timedelta(seconds=s.every),
                "options": {"expires": s.expires},
            }
            for s in schedules()
        }
    }


def create_schedules(**kwargs: Any) -> None:
    """Create the schedules that do not exist yet; one that was edited or disabled stays as it is."""
    if not uses_database_scheduler():
        return
    from django.apps import apps

    if kwargs.get("using", "default") != "default" or not _tables_exist():
        return
    interval_model = apps.get_model("django_celery_beat", "IntervalSchedule")
    periodic_model = apps.get_model("django_celery_beat", "PeriodicTask")
    for schedule in schedules():
        if periodic_model.objects.filter(name=schedule.name).exists():
            continue
        seconds = max(1, round(schedule.every))
        interval = interval_model.objects.filter(every=seconds, period="seconds").first()
        if interval is None:
            interval = interval_model.objects.create(every=seconds, period="seconds")
        periodic_model.objects.create(
            name=schedule.name,
            task=schedule.task,
            interval=interval,
            expire_seconds=max(1, round(schedule.expires)),
            description=schedule.description,
        )


def _tables_exist() -> bool:
    from django.db import connection

    # post_migrate of this app may come before the migrations of django_celery_beat (migrate APP_LABEL).
    return "django_celery_beat_periodictask" in connection.introspection.table_names()
