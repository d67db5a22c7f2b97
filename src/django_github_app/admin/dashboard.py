"""The dashboard: how things stand, what happened lately, what fails. Bounded looks, each by an index."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.github.budgets import left_of_accounts
from django_github_app.maintenance import missed_report
from django_github_app.models import (
    EventLog,
    EventStatus,
    HandlerRun,
    Incident,
    Installation,
    RetentionJob,
    RunStatus,
    unfinished,
)
from django_github_app.observe import gauges, rollups
from django_github_app.observe.pulses import MAINTENANCE
from django_github_app.observe.redaction import redact
from django_github_app.process.clock import utc_now
from django_github_app.sql.clock import database_now

from .bounded import statement_timeout
from .charts import Chart, bar_chart, duration, in_short
from .event_filters import short_name
from .retention_pages import Page

logger = logging.getLogger(__name__)

MOST: Final = 10
NEWEST: Final = 200
SAMPLE: Final = 2000
RANGES: Final = {
    "1h": ("1 hour", dt.timedelta(hours=1), 60),
    "24h": ("24 hours", dt.timedelta(hours=24), 3600),
    "7d": ("7 days", dt.timedelta(days=7), 4 * 3600),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name; ``kind`` colours it: good, bad, warn or quiet."""

    name: str
    value: str
    kind: str = "quiet"


@dataclass(slots=True)
class Board:
    """What the page shows."""

    now: list[Fact] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    latency: list[Fact] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    slowest: list[dict[str, Any]] = field(default_factory=list)
    github: list[Fact] = field(default_factory=list)
    budgets: list[Fact] = field(default_factory=list)
    missed: list[missed_report.Day] = field(default_factory=list)
    processes: list[Fact] = field(default_factory=list)
    hooks: list[Fact] = field(default_factory=list)
    repositories: list[tuple[str, int]] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    jobs: list[RetentionJob] = field(default_factory=list)


class DashboardPage(Page):
    """For whoever may look at events."""

    permission = "view_eventlog"

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get("range", "1h")
        chosen = chosen if chosen in RANGES else "1h"
        board = None
        try:
            with statement_timeout(EventLog):
                board = look(chosen)
        except OperationalError as error:
            if "timeout" not in str(error):
                raise
        return self.render(
            request,
            "eventlog/dashboard.html",
            title="Dashboard",
            board=board,
            ranges=[(name, label, name == chosen) for name, (label, _, _) in RANGES.items()],
            range=RANGES[chosen][0],
            at=utc_now(),
        )


def look(chosen: str, now: dt.datetime | None = None) -> Board:
    """Return how things stand, and what happened within one of `RANGES`."""
    now = now or database_now()
    _, since, step = RANGES[chosen]
    present = gauges.look(now)
    board = Board()
    board.now = _now(present, now)
    board.charts = _charts(since, step, now)
    latency = rollups.latency(since, now=now)
    if latency.count:
        parts = (("50 of 100", latency.p50), ("95 of 100", latency.p95), ("99 of 100", latency.p99))
        board.latency = [Fact(name, f"within {duration(seconds)}") for name, seconds in parts]
    board.failures = _failures(since, now)
    board.slowest = _slowest(since, now)
    board.github = [
        Fact(status, f"{point.count:,}", "good" if status[:1] in "23" else "bad")
        for status, point in rollups.totals("github", since, most=MOST, now=now).items()
    ]
    board.processes = _processes(present)
    board.hooks = [
        Fact(f"hook {hook}" if hook != "0" else "deliveries without a hook id", f"{duration(age)} ago")
        for hook, age in list(present.silence.items())[:MOST]
    ]
    newest = list(
        EventLog.objects.order_by("-pk").values_list("repository", "installation_id", named=True)[:SAMPLE]
    )
    board.repositories = Counter(one.repository for one in newest if one.repository).most_common(MOST)
    board.budgets = _budgets(Counter(one.installation_id for one in newest if one.installation_id))
    board.missed = missed_report.days(most=7)
    board.incidents = sorted(
        Incident.objects.order_by("-opened_at")[: 2 * MOST], key=lambda one: one.cleared_at is not None
    )[:MOST]
    board.jobs = list(RetentionJob.objects.order_by("-id")[:5])
    return board


def _now(present: gauges.Present, now: dt.datetime) -> list[Fact]:
    lately = dt.timedelta(minutes=5)
    received = sum(point.count for point in rollups.series("deliveries", lately, now=now))
    ended = sum(point.count for point in rollups.series("events", lately, now=now))
    failed = sum(point.count for point in rollups.series("failures", lately, now=now))
    oldest = max(present.pending_age.values(), default=0.0)
    due = sum(present.retries_due.values())
    running = sum(present.running.values())
    return [
        Fact("requests a minute", in_short(received / 5)),
        Fact("events ended a minute", in_short(ended / 5)),
        Fact(
            "oldest event waits for", duration(oldest) if oldest else "nothing waits", _grade(oldest, 60, 600)
        ),
        Fact("running", _capped(running), "busy" if running else "quiet"),
        Fact("retries due", _capped(due), "warn" if due else "good"),
        Fact("calls that failed, 5 min", f"{failed:,}", "warn" if failed else "good"),
        Fact("dead", _capped(present.dead), "bad" if present.dead_lately else "quiet"),
        Fact("missed deliveries", f"{present.missed:,}", "bad" if present.missed else "good"),
    ]


def _capped(number: int) -> str:
    return f"{number:,}" if number < gauges.MOST else f"{gauges.MOST:,} or more"


def _grade(value: float, warn: float, bad: float) -> str:
    return "bad" if value >= bad else "warn" if value >= warn else "good"


def _charts(since: dt.timedelta, step: int, now: dt.datetime) -> list[Chart]:
    requests = rollups.series("deliveries", since, step=step, now=now)
    events = rollups.series("events", since, step=step, now=now)
    failures = rollups.series("failures", since, step=step, now=now)
    each = {60: "minute", 3600: "hour"}.get(step, f"{step // 3600} hours")
    waited = [(point.at, point.total / point.count if point.count else 0.0) for point in events]
    longest = max((value for _, value in waited), default=0.0)
    return [
        *(
            bar_chart(
                name,
                title,
                f"per {each}",
                [(point.at, float(point.count)) for point in points],
                f"{sum(point.count for point in points):,} altogether.",
            )
            for name, title, points in (
                ("requests", "Requests of webhooks", requests),
                ("events", "Events that ended", events),
                ("failures", "Calls of handlers that failed", failures),
            )
        ),
        bar_chart(
            "latency",
            "From receipt to end, mean",
            f"seconds, by {each}",
            waited,
            f"At most {duration(longest)} in the mean." if longest else "No event ended.",
        ),
    ]


def _failures(since: dt.timedelta, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the handlers that failed most, each with its newest error among the newest failed events."""
    counted = rollups.totals("failures", since, most=MOST, now=now)
    if not counted:
        return []
    events = EventLog.objects.order_by("-pk").values_list("pk", flat=True)
    ids = list(events.filter(status=EventStatus.DEAD)[:NEWEST])
    for worker_type in WORKER_TYPES:
        ids += unfinished.retries(worker_type).values_list("pk", flat=True).reverse()[:NEWEST]
    runs = HandlerRun.objects.filter(
        event_id__in=ids, status__in=[RunStatus.DEAD, RunStatus.RETRYING], handler__in=list(counted)
    )
    newest: dict[str, HandlerRun] = {}
    for run in runs.only("event_id", "handler", "error").order_by("-event_id")[: 5 * NEWEST]:
        newest.setdefault(run.handler, run)
    return [
        {
            "handler": handler,
            "name": short_name(handler),
            "count": point.count,
            "event": newest[handler].event_id if handler in newest else None,
            "error": redact(newest[handler].error or "")[:300] if handler in newest else "",
        }
        for handler, point in counted.items()
    ]


def _slowest(since: dt.timedelta, now: dt.datetime) -> list[dict[str, Any]]:
    called = rollups.totals("callbacks", since, most=500, now=now)
    means = {handler: point.total / point.count for handler, point in called.items() if point.count}
    return [
        {
            "handler": handler,
            "name": short_name(handler),
            "mean": duration(means[handler]),
            "count": called[handler].count,
            "total": duration(called[handler].total),
        }
        for handler in sorted(means, key=means.__getitem__, reverse=True)[:MOST]
    ]


def _budgets(installations: Counter[int]) -> list[Fact]:
    """Return what the app and its busiest installations have left of GitHub's rate limits."""
    busiest = dict(installations.most_common(MOST))
    accounts = {f"installation-{number}": number for number in busiest}
    try:
        left = left_of_accounts(["app", *accounts], utc_now().timestamp())
    except Exception as error:  # noqa: BLE001 - whatever the cache's client raises, the rest is shown
        logger.info("rate limits could not be read", extra={"error": type(error).__name__})
        return []
    names = {
        one.installation_id: one.data.get("account", {}).get("login")
        for one in Installation.objects.filter(installation_id__in=busiest)
        if isinstance(one.data, dict)
    }
    return [
        Fact(
            str(names.get(accounts[one.account]) or one.account)
            if one.account in accounts
            else "the app itself",
            f"{one.remaining:,} of {one.limit:,}, anew in {duration(one.resets_in)}"
            + ("; held back by GitHub's secondary limit" if one.held else ""),
            "bad" if one.held else _grade(1 - one.remaining / one.limit, 0.8, 0.95),
        )
        for one in left
    ]


def _processes(present: gauges.Present) -> list[Fact]:
    found = []
    for worker_type in (*WORKER_TYPES, MAINTENANCE):
        alive, age = present.workers.get(worker_type, 0), present.worker_age.get(worker_type)
        what = (
            "consumers of maintenance" if worker_type == MAINTENANCE else f"hosts with {worker_type} workers"
        )
        if age is None:
            found.append(Fact(what, "none within a day"))
        else:
            sign = f"{alive}, last sign of life {duration(age)} ago"
            found.append(Fact(what, sign, "good" if alive else "bad"))
    for name, age in (("beat", present.beat_age), ("sweep", present.sweep_age)):
        shown = "never seen" if age is None else f"{duration(age)} ago"
        found.append(Fact(name, shown, "quiet" if age is None else _grade(age, 45, 60)))
    return found


__all__ = ["RANGES", "Board", "DashboardPage", "look"]
