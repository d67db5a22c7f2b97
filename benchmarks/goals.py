"""The goals, each worked out of results.json: what was wanted, what was measured, and the figures behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .stand import median_of

Results = Mapping[str, Any]
NAIVE_POOL = "naive, "


@dataclass(frozen=True)
class Measured:
    """A value, and how it came about: ``behind`` names the figures it was made of."""

    value: float
    behind: str


@dataclass(frozen=True)
class Goal:
    """What was wanted; None: nothing, it is there to compare.

    ``part`` is what must have been run; ``work_out`` takes its results, and raises KeyError if some are missing.
    """

    title: str
    wanted: float | None
    at_least: bool
    part: str
    work_out: Callable[[Any], Measured]
    digits: int = 2

    def verdict(self, value: float) -> str:
        if self.wanted is None:
            return ""
        return "met" if (value >= self.wanted if self.at_least else value <= self.wanted) else "**not met**"


def _middle(rounds: list[dict[str, Any]], key: str) -> float:
    return median_of(rounds, key)[0]


def _receivers(ours: str, theirs: str, key: str) -> Callable[[Any], Measured]:
    units = {"acks_per_s": "acks/s", "p99_ms": "ms", "postgres_us": "µs"}

    def work_out(found: Any) -> Measured:
        mine, other = _middle(found[ours], key), _middle(found[theirs], key)
        return Measured(mine / other, f"{mine:,.0f} / {other:,.0f} {units[key]}")

    return work_out


def _workers(ours: str, theirs: str = "") -> Callable[[Any], Measured]:
    """Compare events per second; without ``theirs`` with the best naive pool."""

    def work_out(found: Any) -> Measured:
        pools = [theirs] if theirs else [name for name in found if name.startswith(NAIVE_POOL)]
        mine = _middle(found[ours], "events_per_s")
        other = max(_middle(found[name], "events_per_s") for name in pools)
        return Measured(mine / other, f"{mine:,.0f} / {other:,.0f} events/s")

    return work_out


def _latency(key: str) -> Callable[[Any], Measured]:
    def work_out(found: Any) -> Measured:
        middle, least, most = median_of(found, key)
        spread = f"ms; rounds from {least:,.1f} to {most:,.1f}" if len(found) > 1 else "ms"
        return Measured(middle, f"{spread}, at {found[0]['rate']:.0f} events/s")

    return work_out


def _storage(found: Any) -> Measured:
    return Measured(
        found["ours"] / found["jsonb"],
        f"{found['ours']:,.0f} / {found['jsonb']:,.0f} bytes; {found['events']:,} events",
    )


def _sizes(key: str) -> Callable[[Any], Measured]:
    def work_out(found: Any) -> Measured:
        small, large = found[0], found[-1]
        return Measured(
            large[key] / small[key],
            f"{large[key]:,.0f} / {small[key]:,.0f} µs of PostgreSQL's CPU",
        )

    return work_out


def _divided(ours: str, theirs: str, unit: str) -> Callable[[Any], Measured]:
    def work_out(found: Any) -> Measured:
        return Measured(found[ours] / found[theirs], f"{found[ours]:,.0f} / {found[theirs]:,.0f} {unit}")

    return work_out


def _plain(key: str, unit: str) -> Callable[[Any], Measured]:
    def work_out(found: Any) -> Measured:
        return Measured(found[key], f"{unit}, {found['events']:,} events")

    return work_out


GOALS = [
    Goal(
        "acks/s, fast path / bare ASGI limit",
        0.8,
        True,
        "receivers",
        _receivers("fast", "bare", "acks_per_s"),
    ),
    Goal(
        "acks/s, fast path / naive sync view",
        9,
        True,
        "receivers",
        _receivers("fast", "naive-sync", "acks_per_s"),
    ),
    Goal(
        "acks/s, `SyncWebhookView` on granian WSGI, no middleware / naive sync view",
        4,
        True,
        "receivers",
        _receivers("sync-view-bare", "naive-sync", "acks_per_s"),
    ),
    Goal(
        "… with Django's default middleware, as the naive one",
        None,
        True,
        "receivers",
        _receivers("sync-view", "naive-sync", "acks_per_s"),
    ),
    Goal(
        "acks/s, `AsyncWebhookView` on granian ASGI, no middleware / naive async view",
        4,
        True,
        "receivers",
        _receivers("async-view-bare", "naive-async", "acks_per_s"),
    ),
    Goal(
        "… on uvicorn with Django's default middleware, as the naive one",
        None,
        True,
        "receivers",
        _receivers("async-view", "naive-async", "acks_per_s"),
    ),
    Goal(
        "… the same / a view there that does nothing",
        None,
        True,
        "receivers",
        _receivers("async-view", "django-alone", "acks_per_s"),
    ),
    Goal("p99, fast path / limit", 1.3, False, "receivers", _receivers("fast", "bare", "p99_ms")),
    Goal(
        "PostgreSQL's CPU per event, fast path / naive sync view",
        0.1,
        False,
        "receivers",
        _receivers("fast", "naive-sync", "postgres_us"),
        3,
    ),
    Goal(
        "backlog, 2 async worker processes / best naive pool", 8, True, "workers", _workers("ours, async"), 1
    ),
    Goal("backlog, 2 sync worker processes / best naive pool", 8, True, "workers", _workers("ours, sync"), 1),
    Goal(
        "end to end at full load / naive threads, connections kept",
        10,
        True,
        "workers",
        _workers("end to end, ours", "end to end, naive"),
        1,
    ),
    Goal("bytes stored per event / jsonb with defaults", 0.3, False, "storage", _storage, 3),
    Goal(
        "handlers that wait 100 ms: async workers / prefork workers",
        20,
        True,
        "workers",
        _workers("waiting 100 ms, async", "waiting 100 ms, prefork"),
        1,
    ),
    Goal("POST → recorded, p50", 10, False, "latency", _latency("p50_ms"), 1),
    Goal("POST → recorded, p99", 50, False, "latency", _latency("p99_ms"), 1),
    Goal(
        "archive, verified / load all and `json.dumps`",
        8,
        True,
        "retention",
        _divided("archive_rows_per_s", "load_all_rows_per_s", "rows/s"),
        1,
    ),
    Goal("archive, peak memory in MB", 120, False, "retention", _plain("archive_peak_mb", "MB"), 0),
    Goal("cleanup, rows/s", 50_000, True, "retention", _plain("cleanup_rows_per_s", "rows/s"), 0),
    Goal(
        "cleanup, longest transaction in ms",
        150,
        False,
        "retention",
        _plain("longest_cleanup_transaction_ms", "ms"),
        0,
    ),
    Goal(
        "acks/s while an archive runs / without",
        0.8,
        True,
        "retention",
        _divided("acks_per_s_during_archive", "acks_per_s_without", "acks/s"),
    ),
    Goal(
        "acks/s while a cleanup runs / without",
        0.8,
        True,
        "retention",
        _divided("acks_per_s_during_cleanup", "acks_per_s_without", "acks/s"),
    ),
    Goal("storing beside 1,000,000 rows / 10,000", 1.2, False, "sizes", _sizes("ingest_postgres_us")),
    Goal("claim to recorded beside 1,000,000 rows / 10,000", 1.2, False, "sizes", _sizes("work_postgres_us")),
]


def table(results: Results) -> list[str]:
    """Return the lines of the table of goals, in Markdown."""
    lines = ["| goal | wanted | measured | from | | when |", "|---|---|---|---|---|---|"]
    for goal in GOALS:
        wanted = "" if goal.wanted is None else f"{'≥' if goal.at_least else '≤'} {goal.wanted:,g}"
        part = results.get(goal.part)
        if part is None:
            lines.append(f"| {goal.title} | {wanted} | | | not measured | |")
            continue
        when = part["date"]
        try:
            found = goal.work_out(part["results"])
        except (KeyError, ZeroDivisionError, ValueError):
            lines.append(f"| {goal.title} | {wanted} | | | not measured | {when} |")
            continue
        met = goal.verdict(found.value)
        if part.get("quick"):
            met = "too small to tell"
        lines.append(
            f"| {goal.title} | {wanted} | {found.value:,.{goal.digits}f} | {found.behind} | {met} | {when} |"
        )
    return lines
