"""What the database says of the present: right while every worker is dead. Bounded looks, each by an index.

No look reads more than `MOST` rows, however many events there are; what is counted is counted up to that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.models import EventLog, EventStatus, Incident, Pulse, unfinished
from django_github_app.process.clock import as_aware, as_field
from django_github_app.sql.clock import database_now

from . import pulses

MOST: Final = 1000
MOST_HOOKS: Final = 100
WORKER_IS_ALIVE: Final = 60.0
"""Seconds after its last sign of life for which a worker counts as alive."""


@dataclass(slots=True)
class Present:
    """How things stand, in seconds and numbers; by worker type or hook where it says so. None: nothing is known."""

    pending_age: dict[str, float] = field(default_factory=dict)
    retries_due: dict[str, int] = field(default_factory=dict)
    retry_overdue: dict[str, float] = field(default_factory=dict)
    """For how long the retry that is due longest has been due."""
    running: dict[str, int] = field(default_factory=dict)
    running_age: dict[str, float] = field(default_factory=dict)
    dead: int = 0
    dead_age: float = 0.0
    dead_lately: int = 0
    """Of the newest `MOST` dead events those that ended within the last hour."""
    silence: dict[str, float] = field(default_factory=dict)
    sweep_age: float | None = None
    beat_age: float | None = None
    workers: dict[str, int] = field(default_factory=dict)
    worker_age: dict[str, float] = field(default_factory=dict)
    """Seconds since the last sign of life of any worker of a type that was seen within a day."""
    missed: int = 0
    incidents: dict[str, bool] = field(default_factory=dict)


def look(now: dt.datetime | None = None) -> Present:
    """Return how things stand. Raises what the database raises."""
    now = now or database_now()  # which has dated all that is looked at
    found = Present()
    for worker_type in WORKER_TYPES:
        _look_at_type(found, worker_type, now)
    _look_at_running(found, now)
    _look_at_dead(found, now)
    _look_at_pulses(found, now)
    found.incidents = {
        incident.key: incident.cleared_at is None for incident in Incident.objects.order_by("key")[:MOST]
    }
    return found


def _look_at_type(found: Present, worker_type: str, now: dt.datetime) -> None:
    oldest = unfinished.oldest_pending(worker_type)
    found.pending_age[worker_type] = _age(oldest.received_at, now) if oldest is not None else 0.0
    due = list(
        unfinished.due_retries(worker_type, as_field(now)).values_list("next_attempt_at", flat=True)[:MOST]
    )
    found.retries_due[worker_type] = len(due)
    found.retry_overdue[worker_type] = _age(due[0], now) if due and due[0] is not None else 0.0


def _look_at_running(found: Present, now: dt.datetime) -> None:
    since: dict[str, list[dt.datetime]] = {worker_type: [] for worker_type in WORKER_TYPES}
    for worker_type, received_at in unfinished.running().values_list("worker_type", "received_at")[:MOST]:
        if worker_type in since:
            since[worker_type].append(received_at)
    for worker_type, times in since.items():
        found.running[worker_type] = len(times)
        found.running_age[worker_type] = max((_age(one, now) for one in times), default=0.0)


def _look_at_dead(found: Present, now: dt.datetime) -> None:
    dead = EventLog.objects.filter(status=EventStatus.DEAD)
    newest = list(dead.order_by("-id").values_list("finished_at", flat=True)[:MOST])
    found.dead = len(newest)
    found.dead_lately = sum(at is not None and _age(at, now) < 3600 for at in newest)
    oldest = next(iter(dead.order_by("id").values_list("received_at", flat=True)[:1]), None)
    found.dead_age = _age(oldest, now) if oldest is not None else 0.0


def _look_at_pulses(found: Present, now: dt.datetime) -> None:
    known = list(Pulse.objects.order_by("-at")[: 10 * MOST_HOOKS])
    ages = {pulse.name: _age(pulse.at, now) for pulse in known}
    details = {pulse.name: pulse.detail for pulse in known}
    found.sweep_age = ages.get(pulses.SWEEP)
    found.beat_age = ages.get(pulses.BEAT)
    found.missed = int(details.get(pulses.MISSED, {}).get("waiting", 0))
    for worker_type in (*WORKER_TYPES, pulses.MAINTENANCE):
        seen = [age for name, age in ages.items() if name.startswith(f"{pulses.WORKER}{worker_type} ")]
        found.workers[worker_type] = sum(age < WORKER_IS_ALIVE for age in seen)
        if seen and min(seen) < pulses.KEPT:
            found.worker_age[worker_type] = min(seen)
    found.silence = _silences(ages, now)


def _silences(ages: dict[str, float], now: dt.datetime) -> dict[str, float]:
    """Return the seconds since the last delivery of each hook: as noted, or as the newest rows say."""
    found = {
        name.removeprefix(pulses.HOOK): age for name, age in ages.items() if name.startswith(pulses.HOOK)
    }
    for hook, at in latest_deliveries(newest_rows()).items():
        found[hook] = min(_age(at, now), found.get(hook, _age(at, now)))
    return dict(sorted(found.items(), key=lambda one: one[1])[:MOST_HOOKS])


def newest_rows(most: int = 2 * MOST) -> list[tuple[int, dt.datetime]]:
    """Return hook and time of the newest events, oldest first."""
    rows = EventLog.objects.order_by("-id").values_list("hook_id", "received_at", "delivery")[:most]
    # A row without a delivery is a record that the project made.
    return [(hook, as_aware(at)) for hook, at, delivery in reversed(list(rows)) if delivery is not None]


def latest_deliveries(rows: Iterable[tuple[int, dt.datetime]]) -> dict[str, dt.datetime]:
    """Return the time of the latest delivery by hook."""
    return {str(hook): at for hook, at in rows}


def _age(moment: dt.datetime, now: dt.datetime) -> float:
    return max(0.0, (now - as_aware(moment)).total_seconds())
