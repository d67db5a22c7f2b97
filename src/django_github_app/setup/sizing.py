"""What a number of events needs: processes, connections, PostgreSQL, disk, broker, S3. Pure: numbers in, numbers out.

Measured figures come from docs/benchmarks (``make bench``); what is made of them by arithmetic is called reckoned.
docs/sizing.md has the assumptions.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

DAY = 86_400
MIB = 2**20
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of docs/benchmarks/results.json; times in µs of CPU, sizes in bytes, all per event."""

    receive_us: float = 156.0  # web, fast path under granian
    receive_postgres_us: float = 25.4
    work_async_us: float = 257.5  # worker, a callback that does nothing
    work_async_postgres_us: float = 106.3
    work_sync_us: float = 230.0
    work_sync_postgres_us: float = 109.2
    call_async_us: float = 2_635.0  # worker, with one call of GitHub that takes 100 ms
    event_bytes: float = 1_342.0  # row and its indexes, of a payload of 14 KB
    run_bytes: float = 212.0  # the ledger's, for one callback
    archive_bytes: float = 1_253.0
    wal_bytes: float = 3_600.0  # stored and processed, without full-page images; tests' PostgreSQL


MEASURED = Measured()
# Where results.json has each figure: the part, what was measured there (several rounds of it), and its name.
_IN_RESULTS = {
    "receive_us": ("receivers", "fast-granian", "app_us"),
    "receive_postgres_us": ("receivers", "fast-granian", "postgres_us"),
    "work_async_us": ("workers", "ours, async", "app_us"),
    "work_async_postgres_us": ("workers", "ours, async", "postgres_us"),
    "work_sync_us": ("workers", "ours, sync", "app_us"),
    "work_sync_postgres_us": ("workers", "ours, sync", "postgres_us"),
    "call_async_us": ("workers", "waiting 100 ms, async", "app_us"),
    "event_bytes": ("storage", "ours_event", ""),
    "run_bytes": ("storage", "ours_ledger", ""),
    "archive_bytes": ("retention", "archive_bytes_per_event", ""),
}
# Reckoned, each with its reason in docs/sizing.md.
BUSY = 0.5  # of a core, at the peak
FULL_PAGE_WAL = 2.0
MESSAGE_BYTES = 1_500
ID_BYTES = 12
MESSAGES_PER_S = 33.0  # the publisher rests for 30 ms at most
PART_BYTES = 8 * MIB
WAITING_PER_PROCESS = 200  # callbacks at once on one event loop


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for. ``peak`` is the busiest minute over the mean of the day."""

    events_per_day: int
    peak: float = 10.0
    callbacks: float = 1.0  # per event
    calls: float = 1.0  # of GitHub, per event
    call_seconds: float = 0.1
    handler_cpu_ms: float = 0.0  # of the project's own code, per event
    worker_type: Literal["async", "sync"] = "async"
    days_kept: int = 30
    days_archived: int = 365
    outage_hours: float = 1.0  # without workers, that the broker has to bear
    disk_price: float = 0.0  # of a GiB and month; prices are the provider's, nothing is reckoned without them
    archive_price: float = 0.0
    request_price: float = 0.0  # of a thousand requests


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it is about, how much, of what, and whether it was measured or reckoned, and how."""

    subject: str
    value: float
    unit: str
    how: str


def size(load: Load, measured: Measured = MEASURED) -> list[Line]:
    """Return what the load needs. Raises ValueError for a load that makes no sense."""
    if load.events_per_day < 0 or load.peak < 1 or min(load.calls, load.call_seconds, load.callbacks) < 0:
        raise ValueError("a load has no negative numbers, and its peak is at least its mean")
    mean = load.events_per_day / DAY
    peak = mean * load.peak
    return [
        Line("events, mean", mean, "/s", "of what was asked"),
        Line("events, peak", peak, "/s", f"times {load.peak:g}"),
        *_processes(load, measured, peak),
        *_database(load, measured, mean, peak),
        *_broker(load, peak),
        *_archives(load, measured),
        *_money(load, measured),
    ]


def measured_in(results: Mapping[str, Any]) -> Measured:
    """Return the figures of a run of ``make bench``, out of its results.json; ours for what it did not measure."""
    found: dict[str, float] = {}
    for field, (part, what, name) in _IN_RESULTS.items():
        value = results.get(part, {}).get("results", {}).get(what)
        rounds = [one[name] for one in value if name in one] if isinstance(value, list) else []
        if rounds:
            found[field] = float(statistics.median(rounds))
        elif isinstance(value, int | float):
            found[field] = float(value)
    return replace(MEASURED, **found)


def web_processes(measured: Measured, peak: float) -> int:
    """Return how many web processes the peak needs; two at least, so that one may be replaced."""
    return max(2, math.ceil(peak * measured.receive_us / 1e6 / BUSY))


def worker_us(load: Load, measured: Measured) -> float:
    """Return the worker's CPU for one event, in µs."""
    base = measured.work_async_us if load.worker_type == "async" else measured.work_sync_us
    per_call = measured.call_async_us - measured.work_async_us
    return base + load.calls * per_call + load.handler_cpu_ms * 1000


def worker_processes(load: Load, measured: Measured, peak: float) -> int:
    """Return how many worker processes the peak needs: for their CPU, and for what waits at once (Little's law)."""
    cpu = peak * worker_us(load, measured) / 1e6 / BUSY
    waiting = peak * load.calls * load.call_seconds
    if load.worker_type == "async":
        return max(1, math.ceil(cpu), math.ceil(waiting / WAITING_PER_PROCESS))
    busy = peak * (worker_us(load, measured) / 1e6 + load.calls * load.call_seconds)
    return max(1, math.ceil(cpu), math.ceil(busy / 0.8))


def _processes(load: Load, measured: Measured, peak: float) -> list[Line]:
    web, worker = web_processes(measured, peak), worker_processes(load, measured, peak)
    each = 10 if load.worker_type == "async" else 2
    return [
        Line("web processes", web, "", f"reckoned: {measured.receive_us:g} µs measured, {BUSY:.0%} busy at the peak"),
        Line(
            f"{load.worker_type} worker processes",
            worker,
            "",
            f"reckoned: {worker_us(load, measured):,.0f} µs of CPU and "
            f"{load.calls * load.call_seconds:g} s of waiting each",
        ),
        Line("database connections", 2 * web + each * worker + 4, "", "reckoned: 2 a web process, "
             f"{each} a worker process, beat and you"),
    ]  # fmt: skip


def _database(load: Load, measured: Measured, mean: float, peak: float) -> list[Line]:
    work = measured.work_async_postgres_us if load.worker_type == "async" else measured.work_sync_postgres_us
    per_event = measured.receive_postgres_us + work
    stored = _stored(load, measured)
    return [
        Line("PostgreSQL's CPU, peak", peak * per_event / 1e6, "cores", f"measured: {per_event:.0f} µs an event"),
        Line("disk, events and ledger", load.events_per_day * load.days_kept * stored / GIB, "GiB",
             f"measured: {stored:,.0f} bytes an event; {load.days_kept} days"),
        Line("WAL", load.events_per_day * measured.wal_bytes * FULL_PAGE_WAL / GIB, "GiB/day",
             f"reckoned: {measured.wal_bytes:,.0f} bytes measured, twice that with full pages"),
        Line("transactions, at most", 4 * mean, "/s", "reckoned: store, claim, record, each alone; fewer in batches"),
    ]  # fmt: skip


def _stored(load: Load, measured: Measured) -> float:
    return measured.event_bytes + load.callbacks * measured.run_bytes


def _broker(load: Load, peak: float) -> list[Line]:
    seconds = load.outage_hours * 3600
    kept = seconds * (min(peak, MESSAGES_PER_S) * MESSAGE_BYTES + peak * ID_BYTES)
    how = f"reckoned: {load.outage_hours:g} h of peak without a worker; only ids travel"
    return [Line("broker's memory", kept / MIB, "MiB", how)]


def _archives(load: Load, measured: Measured) -> list[Line]:
    return [
        Line("archives", _archived(load, measured), "GiB",
             f"measured: {measured.archive_bytes:,.0f} bytes an event; {load.days_archived} days"),
        Line("S3 requests", _requests(load, measured), "/month",
             "reckoned: a file a day, in parts of 8 MiB, read back"),
    ]  # fmt: skip


def _archived(load: Load, measured: Measured) -> float:
    return load.events_per_day * measured.archive_bytes * load.days_archived / GIB


def _requests(load: Load, measured: Measured) -> int:
    """Return the requests of a month: begin, parts, complete, manifest; read back both, once."""
    parts = math.ceil(load.events_per_day * measured.archive_bytes / PART_BYTES)
    return 30 * ((parts + 2 if parts > 1 else parts) + parts + 2)


def _money(load: Load, measured: Measured) -> list[Line]:
    disk = load.events_per_day * load.days_kept * _stored(load, measured) / GIB * load.disk_price
    archives = _archived(load, measured) * load.archive_price
    requests = _requests(load, measured) / 1000 * load.request_price
    lines = [
        Line("disk, money", disk, "/month", f"reckoned: {load.disk_price:g} a GiB and month"),
        Line("archives, money", archives + requests, "/month",
             f"reckoned: {load.archive_price:g} a GiB and month, {load.request_price:g} a thousand requests"),
    ]  # fmt: skip
    return [line for line in lines if line.value]
