"""The built-in watch: looks how things stand, tells of what is wrong once, and of its recovery.

Whoever is alive looks: workers, beat, and web processes after an answer. A row elects one of them at a time, so that
each incident is told once. When the database itself cannot be reached nobody can be elected; then each process that
notices tells, unless the shared cache says that another one has.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from django.core import mail
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, connections

from django_github_app.broker import celery_app
from django_github_app.conf import app_settings
from django_github_app.models import Incident, Lock, Pulse
from django_github_app.process.clock import as_aware, as_field, utc_now
from django_github_app.process.per_process import PerProcess
from django_github_app.sql.clock import database_now

from . import gauges, pulses, telling
from .alarms import Condition, Thresholds, allowed_silence, judge, learn

logger = logging.getLogger(__name__)

LOCK: Final = "watch"
TAIL: Final = 10_000
"""Newest events that one look reads for the silence of hooks."""
MOST_OPEN: Final = 200
"""Incidents that one look brings up to date."""
DATABASE = Condition(
    "database",
    "The database cannot be reached: deliveries are answered 503, nothing is processed.",
    "See that it runs and accepts connections. GitHub's failed deliveries are asked for again afterwards.",
)
BROKER = Condition(
    "broker",
    "The broker cannot be reached: events are stored, and wait.",
    "See that it runs. The sweep publishes what waits once it is back.",
)


class _Process:
    def __init__(self) -> None:
        self.next_at = 0.0
        self.looking = threading.Lock()
        self.outage: Outage | None = None


class Outage:
    """A database that this process cannot reach: since when, and whether this process told."""

    def __init__(self, now: dt.datetime) -> None:
        self.since = now
        self.told = False


_process = PerProcess(_Process)


def thresholds() -> Thresholds:
    """Return the thresholds that the settings ask for; a rare sweep is not taken for a late one."""
    limits, rare = Thresholds.of(app_settings.ALARMS), 3 * app_settings.SWEEP_INTERVAL
    return dataclasses.replace(
        limits, beat=limits.beat and max(limits.beat, rare), sweep=limits.sweep and max(limits.sweep, rare)
    )


def after_answer() -> None:
    """Look, from a thread, if the last look of this process was long enough ago. Costs a comparison otherwise."""
    process = _process.get()
    now = time.monotonic()
    if now < process.next_at:
        return
    first, process.next_at = process.next_at == 0.0, now + thresholds().every
    # Django's test environment, and nothing else, gives the mail module an outbox: a thread's connection would keep a
    # test's database from being dropped.
    if first or "outbox" in mail.__dict__:
        return
    threading.Thread(target=_look_and_close, name="github-watch", daemon=True).start()


def _look_and_close() -> None:
    try:
        look()
    except Exception as error:  # noqa: BLE001 - the answer was given; the next look may do better
        logger.info("the watch failed", extra={"error": type(error).__name__})
    finally:
        connections.close_all()


def look(now: dt.datetime | None = None, *, broker: bool = True) -> list[str]:
    """Look once, unless another process has done so just now; return the keys of what is wrong.

    ``broker``: ask that too.
    """
    process = _process.get()
    if not process.looking.acquire(blocking=False):
        return []
    try:
        return _look(process, now, thresholds(), broker)
    finally:
        process.looking.release()


def _look(process: _Process, now: dt.datetime | None, limits: Thresholds, broker: bool) -> list[str]:
    try:
        now = now or database_now()  # the processes that take turns at it are on several hosts
        if not _is_elected(now, limits):
            _database_is_back(process, now, limits)
            return []
        present = gauges.look(now)
        usual = _learn(now, limits)
        found = list(judge(present, limits, usual))
        _database_is_back(process, now, limits)
        if broker and not _broker_answers():
            # It explains why nothing is swept.
            found = [BROKER, *(one for one in found if one.key != "sweep")]
        _bring_up_to_date({one.key: one for one in found}, now, limits)
    except (DatabaseError, InterfaceError):
        _database_is_away(process, now or utc_now(), limits)
        return [DATABASE.key]
    return [one.key for one in found]


def _is_elected(now: dt.datetime, limits: Thresholds) -> bool:
    """Return whether this process looks now: one of all that could, each ``every`` seconds."""
    until = as_field(now + dt.timedelta(seconds=limits.every * 0.9))
    taken = Lock.objects.filter(name=LOCK, expires_at__lte=as_field(now)).update(expires_at=until)
    if taken:
        return True
    if Lock.objects.filter(name=LOCK).exists():
        return False
    found = Lock.objects.bulk_create([Lock(name=LOCK, holder="", expires_at=until)], ignore_conflicts=True)
    return bool(found)


def _broker_answers() -> bool:
    try:
        if not celery_app.runs_eagerly():
            celery_app.reach_broker()
    except Exception as error:  # noqa: BLE001 - whatever its client raises
        logger.info("the broker does not answer the watch", extra={"error": type(error).__name__})
        return False
    return True


# Incidents


def _bring_up_to_date(found: Mapping[str, Condition], now: dt.datetime, limits: Thresholds) -> None:
    known = {one.key: one for one in Incident.objects.filter(cleared_at=None)[:MOST_OPEN]}
    for key, condition in found.items():
        if key not in known:
            known[key] = _open(condition, now)
    untold = Incident.objects.filter(cleared_at__isnull=False, clearing_told_at=None)
    for one in [*known.values(), *untold[:MOST_OPEN]]:
        if one.told_at is None:
            telling.tell(one, recovered=False, limits=limits)
            one.told_at = as_field(now)
            one.save(update_fields=["told_at", "reference"])
        if one.key in found:
            if one.quiet_since is not None:
                one.quiet_since = None
                one.save(update_fields=["quiet_since"])
        elif one.cleared_at is None:
            _calm_down(one, now, limits)
        if one.cleared_at is not None and one.clearing_told_at is None:
            telling.tell(one, recovered=True, limits=limits)
            one.clearing_told_at = as_field(now)
            one.save(update_fields=["clearing_told_at", "reference"])


def _open(condition: Condition, now: dt.datetime) -> Incident:
    # Told only after it was written: a process that dies in between leaves it to the next look, and none tells twice.
    values = {
        "message": condition.message,
        "hint": condition.hint,
        "opened_at": as_field(now),
        "told_at": None,
        "quiet_since": None,
        "cleared_at": None,
        "clearing_told_at": None,
        "reference": "",
    }
    incident, _ = Incident.objects.update_or_create(key=condition.key, defaults=values)
    return incident


def _calm_down(incident: Incident, now: dt.datetime, limits: Thresholds) -> None:
    if incident.quiet_since is None:
        incident.quiet_since = as_field(now)
        incident.save(update_fields=["quiet_since"])
    if (now - as_aware(incident.quiet_since)).total_seconds() >= limits.quiet:
        incident.cleared_at = as_field(now)
        incident.save(update_fields=["cleared_at"])


# A database that cannot be asked


def _database_is_away(process: _Process, now: dt.datetime, limits: Thresholds) -> None:
    outage = process.outage
    if outage is None:
        process.outage = Outage(now)  # told by the next look that fails too: a failover takes seconds
        return
    if not outage.told and _says_it_first("raised"):
        telling.tell(_of_database(outage), recovered=False, limits=limits)
    outage.told = True


def _database_is_back(process: _Process, now: dt.datetime, limits: Thresholds) -> None:
    outage, process.outage = process.outage, None
    if outage is not None and outage.told and _says_it_first("cleared"):
        telling.tell(_of_database(outage), recovered=True, limits=limits)


def _of_database(outage: Outage) -> Incident:
    return Incident(
        key=DATABASE.key, message=DATABASE.message, hint=DATABASE.hint, opened_at=as_field(outage.since)
    )


def _says_it_first(what: str) -> bool:
    """Return whether no other process has said so lately, as far as the cache knows."""
    other = "cleared" if what == "raised" else "raised"
    try:
        cache = caches[app_settings.CACHE]
        cache.delete(f"github-app-watch-database-{other}")
        return bool(cache.add(f"github-app-watch-database-{what}", "told", 3600))
    except Exception:  # noqa: BLE001 - without a cache it is told by each process, rather than by none
        return True


# Hooks


def _learn(now: dt.datetime, limits: Thresholds) -> dict[str, float]:
    """Note the latest delivery and the silences of each hook; return for how long each may be silent."""
    rows = gauges.newest_rows(TAIL)
    times: dict[str, list[dt.datetime]] = {}
    for number, at in rows:
        times.setdefault(str(number), []).append(at)
    known = {
        pulse.name.removeprefix(pulses.HOOK): pulse
        for pulse in Pulse.objects.filter(name__startswith=pulses.HOOK).order_by("-at")[: gauges.MOST_HOOKS]
    }
    changed: list[Pulse] = []
    for hook, found in times.items():
        pulse = known.get(hook)
        last = None if pulse is None else as_aware(pulse.at)
        new = [at for at in found if last is None or at > last]
        if not new:
            continue
        days: dict[str, Any] = {} if pulse is None else pulse.detail.get("days", {})
        detail = {"days": learn(days, last, new)}
        known[hook] = Pulse(name=f"{pulses.HOOK}{hook}", at=as_field(max(new)), detail=detail)
        changed.append(known[hook])
    if changed:
        pulses.keep(changed[: gauges.MOST_HOOKS])
    return {hook: allowed_silence(pulse.detail.get("days", {}), limits) for hook, pulse in known.items()}
