"""What doctor says about broker, workers and beat: who consumes what, and whether the sweep is late."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import router

from django_github_app.broker import celery_app, queues, schedules
from django_github_app.maintenance import heartbeat
from django_github_app.models import unfinished

from .findings import Finding, Findings, Level

START_BEAT = "Start exactly one `manage.py github beat`: without it nothing is retried or recovered."
# The database scheduler writes its runs down every three minutes, not at each run.
WRITTEN_EVERY = dt.timedelta(minutes=3)
LATE = dt.timedelta(seconds=30)


def look_at_broker() -> Findings:
    yield Finding("broker", "ok", celery_app.reach_broker())
    consumed = celery_app.consumed_queues()
    if not consumed:
        hint = "Start one with `manage.py github worker sync` or `async`, or as the Procfile does."
        yield Finding("workers", "error", "no worker answers", hint)
        return
    yield from _look_at_consumers(consumed, str(celery_app.settings().task_default_queue))


def _look_at_consumers(consumed: set[str], default_queue: str) -> Findings:
    wanted = [*map(queues.queue_for, queues.WORKER_TYPES), queues.maintenance_queue(), default_queue]
    missing = [name for name in wanted if name not in consumed]
    if queues.maintenance_queue() in missing:
        hint = "Add it to --queues of a worker: without it nothing is retried, recovered or cleaned up."
        yield Finding("maintenance", "error", f"nobody consumes {queues.maintenance_queue()}", hint)
    events = [name for name in missing if name in map(queues.queue_for, queues.WORKER_TYPES)]
    if events:
        waiting = any(unfinished.oldest_pending(worker_type) is not None for worker_type in _types_of(events))
        hint = "Start a worker for it (Procfile), unless no view uses that worker type."
        level: Level = "error" if waiting else "warning"
        message = f"nobody consumes {', '.join(events)}" + (", where events wait" if waiting else "")
        yield Finding("workers", level, message, hint)
    if default_queue in missing:
        hint = "Add it to --queues of a worker if the project has tasks of its own."
        yield Finding("own tasks", "warning", f"nobody consumes {default_queue}", hint)
    if not missing:
        yield Finding("workers", "ok", f"consuming {', '.join(wanted)}")


def _types_of(names: list[str]) -> list[str]:
    return [one for one in queues.WORKER_TYPES if queues.queue_for(one) in names]


def look_at_beat() -> Findings:
    schedule = _stored_schedule() if schedules.is_kept_in_database(celery_app.settings()) else None
    if schedule is None and schedules.is_kept_in_database(celery_app.settings()):
        hint = "Run `manage.py migrate` or enable it in the admin: retries and recovery depend on it."
        yield Finding("beat", "error", "there is no enabled schedule for the sweep", hint)
        return
    planned = schedule.schedule if schedule else schedules.planned_in(celery_app.settings(), schedules.SWEEP)
    if planned is None:
        hint = "Call django_github_app.celery.configure(app) where the project makes its Celery app."
        yield Finding("beat", "error", "beat_schedule does not have the sweep", hint)
        return
    started = schedule.last_run_at if schedule else None
    yield _judge(planned, started, heartbeat.latest())


def _judge(planned: Any, started: dt.datetime | None, ran: dt.datetime | None) -> Finding:
    """Judge beat by when the sweep should have run: what beat says it started, and what a worker says it ran."""
    if ran is not None and schedules.overdue(planned, ran) < LATE:
        return Finding("beat", "ok", f"the sweep ran at {ran:%H:%M:%S} UTC")
    if started is not None and schedules.overdue(planned, started) < WRITTEN_EVERY + LATE:
        if ran is None:
            return Finding("beat", "ok", f"started the sweep at {started:%H:%M:%S} UTC")
        hint = f"Does a worker consume {queues.maintenance_queue()}?"
        return Finding("beat", "error", f"the sweep is started, and last ran {ran:%Y-%m-%d %H:%M} UTC", hint)
    latest = max((one for one in (ran, started) if one is not None), default=None)
    when = f"last ran {latest:%Y-%m-%d %H:%M} UTC" if latest else "has never run"
    return Finding("beat", "error", f"the sweep {when}", START_BEAT)


def _stored_schedule() -> Any:
    from django_celery_beat.models import PeriodicTask

    # From where beat reads it: a replica that lags would have it missing.
    stored = PeriodicTask.objects.using(router.db_for_write(PeriodicTask))
    return (
        stored.select_related("interval", "crontab", "solar", "clocked")
        .filter(task=schedules.SWEEP, enabled=True)
        .first()
    )
