"""What beat starts, and how often. ``migrate`` creates these schedules; from then on the admin edits them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from django_github_app.conf import app_settings

from .queues import maintenance_queue

DATABASE_SCHEDULER = "django_github_app.broker.beat:DatabaseScheduler"


SWEEP = "django_github_app.tasks.sweep"

# Beat writes into a message until when, by the clock of its host, and the worker compares that with its own: where
# the two differ by more, the worker throws everything away that beat sends. So nothing expires within an hour. A task
# too many finds its lock taken, or nothing to do.
CLOCKS_DIFFER = 3600.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """One periodic task, every so many seconds."""

    name: str
    task: str
    every: float
    description: str

    @property
    def expires(self) -> float:
        """Seconds after which it is dropped if no worker has taken it: the broker keeps no more than that."""
        return max(self.every, CLOCKS_DIFFER)


def schedules() -> list[Schedule]:
    """Return the schedules of this package."""
    return [
        Schedule(
            "github: sweep",
            SWEEP,
            app_settings.SWEEP_INTERVAL,
            "Publishes due retries and events that were stored but not enqueued; takes back expired leases.",
        ),
        Schedule(
            "github: reconcile",
            "django_github_app.tasks.reconcile",
            min(app_settings.RECONCILE_INTERVAL, 3600),
            "Compares installations and their repositories with GitHub, some at a time.",
        ),
        Schedule(
            "github: missed deliveries",
            "django_github_app.tasks.recover_missed",
            app_settings.RECOVER_MISSED_INTERVAL or 300,
            "Asks GitHub for the deliveries that it could not deliver (its log keeps them for three days).",
        ),
        Schedule(
            "github: schedules",
            "django_github_app.tasks.plan_schedules",
            60,
            "Makes events of the schedules that handlers define and that are due.",
        ),
        Schedule(
            "github: retention",
            "django_github_app.tasks.retention",
            3600,
            "Deletes or archives old events, as GITHUB_APP says; keyword arguments here go first: action "
            '("delete" or "archive"), days_to_keep, archive_days_to_keep.',
        ),
        Schedule(
            "github: retention jobs",
            "django_github_app.tasks.watch_retention_jobs",
            60,
            "Brings back retention jobs whose message or worker is lost.",
        ),
        Schedule(
            "github: commands",
            "django_github_app.tasks.watch_commands",
            60,
            "Tells the author of a command that was taken and has no outcome; forgets old commands.",
        ),
        Schedule(
            "github: backfill",
            "django_github_app.tasks.backfill",
            60,
            "Fills the columns of rows that django-github-app stored, some at a time; nothing once they are filled.",
        ),
    ]


def uses_database_scheduler() -> bool:
    # Not the app registry: the celery command reads its configuration before apps are loaded.
    return any(app.startswith("django_celery_beat") for app in settings.INSTALLED_APPS)


def beat_settings(scheduler: str | None = None) -> dict[str, Any]:
    """Return the scheduler that keeps its schedules in the database, or ``beat_schedule`` where there is none.

    ``scheduler`` is the one that the project chose itself, if it did.
    """
    if uses_database_scheduler() and (not scheduler or scheduler.endswith("DatabaseScheduler")):
        # Not in `beat_schedule` too: the scheduler writes that over what was edited in the admin.
        return {"beat_scheduler": DATABASE_SCHEDULER, "beat_max_loop_interval": 5}
    return {"beat_schedule": beat_schedule()}


def beat_schedule() -> dict[str, Any]:
    """Return our schedules as Celery's ``beat_schedule`` has them."""
    return {
        s.name: {
            "task": s.task,
            "schedule": dt.timedelta(seconds=s.every),
            "options": {"expires": s.expires, "queue": maintenance_queue()},
        }
        for s in schedules()
    }


def is_kept_in_database(conf: Any) -> bool:
    """Return whether the scheduler that an app's settings name is django-celery-beat's, or one made from it."""
    return uses_database_scheduler() and str(conf.beat_scheduler or "").endswith("DatabaseScheduler")


def planned_in(conf: Any, task: str) -> Any:
    """Return the schedule that ``beat_schedule`` has for a task, as Celery's object; None without one."""
    from celery.schedules import maybe_schedule

    for entry in (conf.beat_schedule or {}).values():
        if entry.get("task") == task:
            return maybe_schedule(entry["schedule"])
    return None


def overdue(schedule: Any, since: dt.datetime) -> dt.timedelta:
    """Return by how much a run is late of a task that ran last at ``since``; below zero: it is not due yet."""
    if since.tzinfo is None:
        since = timezone.make_aware(since)
    late: dt.timedelta = -schedule.remaining_estimate(since)
    return late


def create_schedules(**kwargs: Any) -> None:
    """Create the schedules that do not exist yet; one that was edited or disabled stays as it is.

    They go to the database that the project's routers choose for django-celery-beat's tables, whichever of its
    databases is being migrated.
    """
    if not uses_database_scheduler():
        return
    from django.apps import apps
    from django.db import router

    interval_model = apps.get_model("django_celery_beat", "IntervalSchedule")
    periodic_model = apps.get_model("django_celery_beat", "PeriodicTask")
    using = router.db_for_write(periodic_model)
    if kwargs.get("using", using) != using or not _tables_exist(using):
        return
    # Looked for where they are written: a replica may not know yet that they are there.
    intervals, tasks = interval_model.objects.using(using), periodic_model.objects.using(using)
    for schedule in schedules():
        if tasks.filter(name=schedule.name).exists():
            continue
        seconds = max(1, round(schedule.every))
        interval = intervals.filter(every=seconds, period="seconds").first()
        if interval is None:
            interval = intervals.create(every=seconds, period="seconds")
        tasks.create(
            name=schedule.name,
            task=schedule.task,
            interval=interval,
            expire_seconds=max(1, round(schedule.expires)),
            description=schedule.description,
        )


def _tables_exist(using: str) -> bool:
    from django.db import connections

    # post_migrate of this app may come before the migrations of django_celery_beat (migrate APP_LABEL).
    return "django_celery_beat_periodictask" in connections[using].introspection.table_names()
