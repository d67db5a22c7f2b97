"""Schedules become events: one for each target and interval, which workers then process like any other.

Who plans twice, two beats or a planner that was killed, makes no second event: the id of its delivery is made of
schedule, target and moment, and is unique.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery, Summary
from django_github_app.errors import HandlerLoadError
from django_github_app.models import Installation, InstallationStatus, Repository, SchedulePlan
from django_github_app.routing import GitHubRouter, handler_modules, registrations
from django_github_app.routing.matching import Registration, Schedule
from django_github_app.routing.sources import declares_schedules
from django_github_app.routing.timing import due_for
from django_github_app.sql.clock import database_now
from django_github_app.sql.intake import NewEvent, StoredEvent, record

from . import locks
from .publishing import publish_or_leave

__all__ = ["plan"]

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Events that are stored in one statement."""
_NAMESPACE = uuid.UUID("5b2c8e0e-2a1f-5e0b-9a53-6d0a8d1b7c11")

Target = Mapping[str, Any]
"""A payload without what the schedule adds: installation, repository."""


def plan(now: float | None = None) -> int:
    """Make events of what has become due since the last time; return how many.

    A schedule that is seen for the first time is due from now on.
    """
    with locks.hold("schedules") as alone:
        if not alone:
            return 0
        # By which the last plan was dated too, perhaps from another host.
        moment = database_now().timestamp() if now is None else now
        return sum(_plan(registration, moment) for registration in _scheduled())


def _scheduled() -> list[Registration]:
    """Return the schedules of all worker types; only modules that have any are imported for that."""
    loaders = {
        "sync": GitHubRouter.ensure_sync_handlers_loaded,
        "async": GitHubRouter.ensure_async_handlers_loaded,
    }
    for worker_type in WORKER_TYPES:
        if _declares(worker_type, tuple(handler_modules(worker_type))):
            try:
                loaders[worker_type]()
            except HandlerLoadError as error:
                logger.error(
                    "schedules were not planned", extra={"worker_type": worker_type, "error": str(error)}
                )
    found: dict[str, Registration] = {}
    for registration in registrations():
        if registration.schedule is not None:
            found.setdefault(registration.schedule.name, registration)
    return list(found.values())


@lru_cache(maxsize=8)
def _declares(worker_type: str, modules: tuple[str, ...]) -> bool:
    return declares_schedules(worker_type)  # the sources of a running process do not change


def _plan(registration: Registration, now: float) -> int:
    schedule = cast("Schedule", registration.schedule)
    row, created = SchedulePlan.objects.get_or_create(name=schedule.name, defaults={"planned_until": now})
    if created or row.planned_until >= now:
        return 0
    since = row.planned_until
    moments = schedule.when.due(since - schedule.when.spread, now, timezone.get_default_timezone())
    due = (
        (target, at)
        for target in (_repositories() if schedule.per == "repository" else _installations())
        if (at := due_for(_key(schedule, target), schedule.when, moments, since, now)) is not None
    )
    made = 0
    while batch := list(islice(due, AT_ONCE)):
        stored = record([_event(registration, schedule, target, at) for target, at in batch])
        new = [one for one in stored if isinstance(one, StoredEvent) and one.created]
        made += len(new)
        publish_or_leave((one.worker_type, one.id) for one in new)
    # Only now: who is killed before plans the same again, and the events that are there stay the only ones.
    SchedulePlan.objects.filter(name=schedule.name, planned_until=since).update(planned_until=now)
    return made


def _installations() -> Iterator[Target]:
    rows = Installation.objects.filter(status=InstallationStatus.ACTIVE)
    for installation_id, data in _in_pages(rows, "installation_id", "data"):
        account = (data or {}).get("account") or {}
        yield {
            "installation": {"id": installation_id, "account": {"login": account.get("login")}},
        }


def _repositories() -> Iterator[Target]:
    rows = Repository.objects.filter(installation__status=InstallationStatus.ACTIVE).exclude(archived=True)
    fields = ("repository_id", "full_name", "private", "installation__installation_id")
    for repository_id, full_name, private, installation_id in _in_pages(rows, *fields):
        owner, _, name = full_name.partition("/")
        yield {
            "installation": {"id": installation_id},
            "repository": {
                "id": repository_id,
                "name": name,
                "full_name": full_name,
                "private": private,
                "owner": {"login": owner},
            },
        }


def _in_pages(rows: QuerySet[Any], *fields: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns of all rows. Not by ``iterator``: its cursor is one connection's, which a pooler changes."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *fields)[:AT_ONCE]):
        yield from (row[1:] for row in page)
        last = page[-1][0]


def _key(schedule: Schedule, target: Target) -> str:
    # By ids: a repository that is renamed keeps its place in the interval.
    repository = target.get("repository") or {}
    return f"{schedule.name} {target['installation']['id']} {repository.get('id', '')}"


def _event(registration: Registration, schedule: Schedule, target: Target, at: int) -> NewEvent:
    due = dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
    data = {
        "action": schedule.name.rpartition(".")[2][:64],
        "schedule": {"name": schedule.name, "due": due},
        **target,
    }
    app = app_settings.CLIENT_ID or app_settings.APP_ID
    delivery = Delivery(
        event=registration.event_type,
        delivery=str(uuid.uuid5(_NAMESPACE, f"{app_settings.API_URL} {app} {_key(schedule, target)} {at}")),
        hook_id=0,
        target_id=0,
        summary=Summary.from_payload(data),
        body=json.dumps(data).encode(),
    )
    return NewEvent(delivery, schedule.worker_type, None)
