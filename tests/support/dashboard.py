"""A day as the dashboard shows it: counters, signs of life, an alarm, failures."""

from __future__ import annotations

import datetime as dt
import math

from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, Incident, Pulse, RetentionJob, Rollup, RunStatus

from .retention import a_run, an_event

HANDLERS = (("app.handlers.label", 0.02), ("app.handlers.greet", 0.35), ("app.handlers.backport", 4.2))


def a_busy_day() -> EventLog:
    """Store a day's counters, and return the newest event that failed."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    rows = []
    for ago in range(24 * 60):
        at = minute - dt.timedelta(minutes=ago)
        count = int(200 + 150 * math.sin(ago / 90) + 40 * math.sin(ago / 7))
        rows += _counters(60, at, count)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for ago in range(7 * 24):
        rows += _counters(3600, hour - dt.timedelta(hours=ago), int(12_000 + 8000 * math.sin(ago / 4)))
    Rollup.objects.bulk_create(rows, batch_size=2000)
    for name, seconds in (("worker async web-1", 4), ("worker sync web-1", 400), ("beat", 3), ("sweep", 5)):
        Pulse.objects.create(name=name, at=now - dt.timedelta(seconds=seconds))
    Incident.objects.create(
        key="workers sync",
        message="No worker for sync has given a sign of life for 7 min.",
        hint="Start one: `manage.py github worker sync`.",
        opened_at=now - dt.timedelta(minutes=6),
    )
    Incident.objects.create(
        key="dead",
        message="31 events failed for good within an hour.",
        opened_at=now - dt.timedelta(hours=9),
        cleared_at=now - dt.timedelta(hours=8),
    )
    RetentionJob.objects.create(kind="cleanup", state=10)
    an_event(days=0.0001, repository="octo/hello", status=EventStatus.PENDING, worker_type="sync")
    failed = an_event(
        days=0.01, repository="octo/hello", number=7, status=EventStatus.DEAD, worker_type="async"
    )
    a_run(failed, handler=HANDLERS[2][0], status=RunStatus.DEAD, error="ConnectError: connection refused")
    return failed


def _counters(seconds: int, at: dt.datetime, count: int) -> list[Rollup]:
    def of(name: str, label: str, number: int, total: float = 0.0) -> Rollup:
        return Rollup(seconds=seconds, starts_at=at, name=name, label=label, count=number, total=total)

    return [
        of("deliveries", "accepted", count),
        of("events", "done", count, count * (0.4 + 0.3 * math.sin(count))),
        of("latency", "0.5", count * 9 // 10),
        of("latency", "2.5", count // 10),
        of("github", "201", count // 4),
        *(of("callbacks", handler, count // 3, count // 3 * mean) for handler, mean in HANDLERS),
        of("failures", HANDLERS[2][0], count // 60),
    ]
