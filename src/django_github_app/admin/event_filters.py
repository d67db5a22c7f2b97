"""What the event log is filtered by: values of the newest rows, and only so many rows are searched."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.models import EventLog, HandlerRun
from django_github_app.process.clock import as_field
from django_github_app.sql.clock import database_now

from . import bounded

RECENT = 2000
SINCE = {
    "15m": ("the last 15 minutes", dt.timedelta(minutes=15)),
    "1h": ("the last hour", dt.timedelta(hours=1)),
    "24h": ("the last 24 hours", dt.timedelta(hours=24)),
    "7d": ("the last 7 days", dt.timedelta(days=7)),
}


class RecentValuesFilter(admin.SimpleListFilter):
    """A filter that offers the values of the newest rows: listing all of them would read the table."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = sorted(
            {str(value) for value in (*self.newest(), self.value()) if value and "\x00" not in str(value)}
        )
        return [(value, self.shown(value)) for value in values]

    def shown(self, value: str) -> str:
        """Return what a value is called."""
        return value

    def newest(self) -> list[Any]:
        """Return the values of the newest rows, with repetitions."""
        return list(EventLog.objects.order_by("-pk").values_list(self.field, flat=True)[:RECENT])

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        value = self.value()
        if not value:
            return queryset
        # No row has a NUL, and PostgreSQL does not even take the question.
        return queryset.none() if "\x00" in value else self.matching(queryset, value)

    def matching(self, queryset: QuerySet[EventLog], value: str) -> QuerySet[EventLog]:
        """Return the events that have a value."""
        return queryset.filter(**{self.field: value})


class EventFilter(RecentValuesFilter):
    title = "event"
    parameter_name = "event"
    field = "event"


class RepositoryFilter(RecentValuesFilter):
    title = "repository"
    parameter_name = "repository"
    field = "repository"


class RunFilter(RecentValuesFilter):
    """A filter by what ran for an event. No index finds runs by it, so it looks at those of the newest events."""

    def newest(self) -> list[Any]:
        events = list(EventLog.objects.order_by("-pk").values_list("pk", flat=True)[:RECENT])
        if not events:
            return []
        # By the range of ids, which the ledger's index begins with; only so many of one event are of interest.
        runs = HandlerRun.objects.filter(event_id__gte=events[-1]).order_by("-event_id")
        return list(runs.values_list(self.field, flat=True)[: 2 * RECENT])

    def matching(self, queryset: QuerySet[EventLog], value: str) -> QuerySet[EventLog]:
        newest = EventLog.objects.aggregate(Max("pk"))["pk__max"] or 0
        runs = HandlerRun.objects.filter(event_id__gt=newest - bounded.WINDOW, **{self.field: value})
        return queryset.filter(pk__gt=newest - bounded.WINDOW, pk__in=runs.values("event_id"))


class HandlerFilter(RunFilter):
    title = "handler"
    parameter_name = "handler"
    field = "handler"

    def shown(self, value: str) -> str:
        return short_name(value)


class CommandFilter(RunFilter):
    title = "command"
    parameter_name = "command"
    field = "command"


class ActorFilter(RecentValuesFilter):
    """Who caused the event: for a comment with a command, the person who typed it."""

    title = "actor"
    parameter_name = "actor"
    field = "sender"


class ReceivedFilter(admin.SimpleListFilter):
    title = "received within"
    parameter_name = "received"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in SINCE.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        if self.value() not in SINCE:
            return queryset
        since = database_now() - SINCE[str(self.value())][1]
        return queryset.filter(received_at__gte=as_field(since))


class WorkerTypeFilter(admin.SimpleListFilter):
    title = "worker type"
    parameter_name = "worker_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in WORKER_TYPES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        return queryset.filter(worker_type=self.value()) if self.value() else queryset


def short_name(handler: str) -> str:
    """Return the last two parts of a handler's name, which tell it from the others of a project."""
    return ".".join(handler.rsplit(".", 2)[-2:])
