"""Counters rolled up by minute and by hour, kept by workers: what a page can show without reading the event log.

Workers add to the table every few seconds. It is bounded: intervals are kept for as long as `KEPT` says, and a
process adds at most `samples.MOST_VALUES` labels of each name to one interval.

| name | label | count | total |
|---|---|---|---|
| ``deliveries`` | answer, as `accepted`, `duplicate`, `signature_invalid` | requests | |
| ``events`` | `done`, `ignored`, `dead`, `retrying` | attempts that ended | seconds since their receipt |
| ``latency`` | upper bound in seconds, as `0.5`, or `inf` | events that ended | seconds since their receipt |
| ``callbacks`` | handler | calls | seconds that they took |
| ``failures`` | handler | calls that failed | |
| ``github`` | status of GitHub's answer, or `error` | requests | seconds |
| ``lost_leases`` | `taken_back`, `dead` | events | |

`series`, `totals` and `latency` read it, each by its index.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Sum

from django_github_app.models import Rollup
from django_github_app.process.clock import as_aware, as_field
from django_github_app.sql.clock import database_now

from .catalogue import LATENCY

__all__ = ["HOUR", "KEPT", "MINUTE", "Latency", "Point", "latency", "series", "totals"]

MINUTE: Final = 60
"""Seconds of the short counters, which are kept for 25 hours."""

HOUR: Final = 3600
"""Seconds of the long counters, which are kept for 31 days."""

KEPT: Final = {MINUTE: dt.timedelta(hours=25), HOUR: dt.timedelta(days=31)}
"""For how long the intervals of each length are kept."""
BY_MINUTE: Final = dt.timedelta(hours=6)
DELETED_AT_ONCE: Final = 5000

Write = Callable[[Mapping[tuple[int, dt.datetime, str, str], tuple[int, float]]], None]


@dataclass(frozen=True, slots=True)
class Point:
    """One interval: its start, so often it happened, and what the values add up to."""

    at: dt.datetime
    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds within which 50, 95 and 99 of 100 events ended, rounded up to a bound of the histogram."""

    count: int
    p50: float
    p95: float
    p99: float


def series(
    name: str,
    since: dt.timedelta,
    *,
    step: int = MINUTE,
    label: str | None = None,
    now: dt.datetime | None = None,
) -> list[Point]:
    """Return a counter over time, oldest first, an entry for each interval of ``step`` seconds, also for empty ones.

    ``step`` is a multiple of `MINUTE`, and is read from the hours where it is one of `HOUR`. ``label`` None: all of
    them together.
    """
    now = now or database_now()
    length = HOUR if step % HOUR == 0 else MINUTE
    first = _start(now - since, step)
    rows = (
        _rows(name, length, first, label).values_list("starts_at").annotate(n=Sum("count"), sum=Sum("total"))
    )
    found: dict[dt.datetime, list[float]] = {}
    for starts_at, count, total in rows.order_by("starts_at"):
        point = found.setdefault(_start(as_aware(starts_at), step), [0, 0.0])
        point[0] += count
        point[1] += total
    steps = int((now - first).total_seconds() // step) + 1
    moments = [first + dt.timedelta(seconds=step * i) for i in range(steps)]
    return [Point(at, int(found.get(at, [0, 0])[0]), found.get(at, [0, 0.0])[1]) for at in moments]


def totals(
    name: str, since: dt.timedelta, *, most: int = 50, now: dt.datetime | None = None
) -> dict[str, Point]:
    """Return what each label adds up to, the ``most`` frequent ones first.

    Less than `BY_MINUTE` is read from the minutes, more from the hours: a day of minutes of each label is 25 times
    as much to add up, for an hour more or less.
    """
    now = now or database_now()
    length = MINUTE if since < BY_MINUTE else HOUR
    first = _start(now - since, length)
    rows = _rows(name, length, first, None).values_list("label").annotate(n=Sum("count"), sum=Sum("total"))
    return {
        label: Point(first, int(n), float(total)) for label, n, total in rows.order_by("-n", "label")[:most]
    }


def latency(since: dt.timedelta, *, now: dt.datetime | None = None) -> Latency:
    """Return how long events took from their receipt to their end."""
    found = {label: point.count for label, point in totals("latency", since, now=now).items()}
    by_bound = [(bound, found.get(f"{bound:g}", 0)) for bound in LATENCY] + [
        (float("inf"), found.get("inf", 0))
    ]
    count = sum(number for _, number in by_bound)
    return Latency(count, *(_quantile(by_bound, count, part) for part in (0.50, 0.95, 0.99)))


def _quantile(by_bound: list[tuple[float, int]], count: int, part: float) -> float:
    seen = 0
    for bound, number in by_bound:
        seen += number
        if count and seen >= part * count:
            return bound
    return 0.0


def _rows(name: str, length: int, first: dt.datetime, label: str | None) -> Any:
    rows = Rollup.objects.filter(seconds=length, name=name, starts_at__gte=as_field(first))
    return rows if label is None else rows.filter(label=label)


def _start(moment: dt.datetime, seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(moment.timestamp() // seconds * seconds, dt.UTC)


def write(taken: Mapping[tuple[str, str], list[float]], add: Write, now: dt.datetime) -> None:
    """Add what a process has counted to the present minute and hour; ``add`` is `sql.rollups.add`."""
    add(
        {
            (length, _start(now, length), name, label): (int(count), float(total))
            for (name, label), (count, total) in taken.items()
            for length in (MINUTE, HOUR)
        }
    )


def forget_old(now: dt.datetime) -> None:
    """Delete the intervals that are over and old, some at a time."""
    for length, kept in KEPT.items():
        names = Rollup.objects.filter(seconds=length).order_by().values_list("name", flat=True).distinct()
        for name in list(names[:50]):
            old = Rollup.objects.filter(seconds=length, name=name, starts_at__lt=as_field(now - kept))
            Rollup.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE])).delete()
