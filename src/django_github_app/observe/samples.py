"""Samples become counts: counters and histograms for metrics, additions to the table of rolled-up counters. Pure."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any, Final

from django_github_app.probes import Sample

from .catalogue import LATENCY, METRICS

# Values that one label may have in a process, after which they are counted as this.
MOST_VALUES: Final = 200
OTHER: Final = "other"
LONGEST_LABEL: Final = 200

Key = tuple[str, tuple[str, ...]]
Exemplar = tuple[str, float, float]  # trace id, value, seconds since the epoch


class Histogram:
    """Counts by bucket, the last one for what is above all bounds; their sum; and the latest exemplar of each."""

    __slots__ = ("counts", "exemplars", "total")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * (buckets + 1)
        self.total = 0.0
        self.exemplars: dict[int, Exemplar] = {}

    def add(self, bounds: tuple[float, ...], value: float, trace_id: str | None, now: float) -> None:
        at = bisect_left(bounds, value)
        self.counts[at] += 1
        self.total += value
        if trace_id is not None:
            self.exemplars[at] = (trace_id, value, now)


class Counts:
    """What one process has counted since it started, and what of it was not rolled up yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counters: dict[Key, float] = {}
        self.histograms: dict[Key, Histogram] = {}
        self.gauges: dict[Key, tuple[float, float]] = {}
        """Value, and when it stops being one (seconds since the epoch)."""
        self.rollups: dict[tuple[str, str], list[float]] = {}
        """(name, label) → [count, total] since `take_rollups`."""
        self._values: dict[tuple[str, str], set[str]] = {}

    def fold(self, samples: Iterable[Sample], now: float) -> None:
        """Count samples. What is no sample of ours is left alone."""
        with self.lock:
            for sample in samples:
                fold = _FOLDS.get(sample[0])
                if fold is not None:
                    fold(self, sample, now)

    def take_rollups(self) -> dict[tuple[str, str], list[float]]:
        """Return what was added since the last call, and forget it."""
        with self.lock:
            taken, self.rollups = self.rollups, {}
            return taken

    def give_back(self, taken: dict[tuple[str, str], list[float]]) -> None:
        """Take back what could not be written; the next call of `take_rollups` returns it."""
        with self.lock:
            for (name, label), (count, total) in taken.items():
                self._roll(name, label, count, total)

    def _count(self, name: str, labels: tuple[str, ...] = (), value: float = 1) -> None:
        key = (name, labels)
        if key not in self.counters:
            key = (name, self._bounded(name, labels))
        self.counters[key] = self.counters.get(key, 0) + value

    def _observe(
        self, name: str, labels: tuple[str, ...], value: float, now: float, trace_id: str | None = None
    ) -> None:
        bounds = METRICS[name].buckets
        found = self.histograms.get((name, labels))
        if found is None:
            key = (name, self._bounded(name, labels))
            found = self.histograms.get(key)
            if found is None:
                found = self.histograms[key] = Histogram(len(bounds))
        found.add(bounds, value, trace_id, now)

    def _bounded(self, name: str, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Return the labels, a value that would be one too many replaced: no metric grows without end."""
        kept = []
        for label, value in zip(METRICS[name].labels, labels, strict=True):
            known = self._values.setdefault((name, label), set())
            if value not in known:
                if len(known) >= MOST_VALUES:
                    value = OTHER  # noqa: PLW2901 - the one that stands for the rest
                else:
                    known.add(value)
            kept.append(value)
        return tuple(kept)

    def _roll(self, name: str, label: str, count: float = 1, total: float = 0.0) -> None:
        found = self.rollups.get((name, label))
        if found is None:
            if sum(known == name for known, _ in self.rollups) >= MOST_VALUES:
                label = OTHER
            found = self.rollups.setdefault((name, label), [0, 0.0])
        found[0] += count
        found[1] += total


def _answer(counts: Counts, sample: Any, now: float) -> None:
    _, entrance, answer = sample
    counts._count("deliveries", (entrance, answer))
    counts._roll("deliveries", answer)


def _flush(counts: Counts, sample: Any, now: float) -> None:
    _, inbox, deliveries, seconds = sample
    counts._observe("inbox_flush_seconds", (inbox,), seconds, now)
    counts._observe("inbox_flush_deliveries", (inbox,), deliveries, now)


def _published(counts: Counts, sample: Any, now: float) -> None:
    counts._count("published_events", (sample[1],), sample[2])


def _unpublished(counts: Counts, sample: Any, now: float) -> None:
    counts._count("unpublished_events", (), sample[1])


def _claim(counts: Counts, sample: Any, now: float) -> None:
    _, worker_type, asked, claimed = sample
    counts._count("claims", (worker_type,))
    counts._count("claimed_events", (worker_type,), claimed)
    if asked > claimed:
        counts._count("claim_misses", (worker_type,), asked - claimed)


def _callback(counts: Counts, sample: Any, now: float) -> None:
    _, handler, outcome, seconds, trace_id = sample
    handler = handler[:LONGEST_LABEL]
    counts._count("callbacks", (handler, outcome))
    counts._observe("callback_seconds", (handler,), seconds, now, trace_id)
    counts._roll("callbacks", handler, 1, seconds)
    if outcome in ("retrying", "dead"):
        counts._roll("failures", handler)


def _event(counts: Counts, sample: Any, now: float) -> None:
    _, worker_type, status, seconds, trace_id = sample
    counts._count("events", (worker_type, status))
    counts._roll("events", status, 1, seconds)
    if status != "retrying":
        counts._observe("event_latency_seconds", (worker_type,), seconds, now, trace_id)
        counts._roll("latency", _bound(seconds), 1, seconds)


def _bound(seconds: float) -> str:
    at = bisect_left(LATENCY, seconds)
    return f"{LATENCY[at]:g}" if at < len(LATENCY) else "inf"


def _lane(counts: Counts, sample: Any, now: float) -> None:
    counts._count("lane_followers", (), sample[1])


def _leases(counts: Counts, sample: Any, now: float) -> None:
    for result, number in (("taken_back", sample[1]), ("dead", sample[2])):
        if number:
            counts._count("lost_leases", (result,), number)
            counts._roll("lost_leases", result, number)


def _sweep(counts: Counts, sample: Any, now: float) -> None:
    _, seconds, published = sample
    counts._count("sweeps")
    counts._observe("sweep_seconds", (), seconds, now)
    if published:
        counts._count("swept_events", (), published)


def _github(counts: Counts, sample: Any, now: float) -> None:
    _, method, status, seconds, trace_id = sample
    counts._count("github_requests", (method, str(status)))
    counts._observe("github_request_seconds", (method,), seconds, now, trace_id)
    counts._roll("github", str(status), 1, seconds)


def _budget(counts: Counts, sample: Any, now: float) -> None:
    _, account, resource, remaining, limit, reset = sample
    key = ("github_rate_remaining_ratio", counts._bounded("github_rate_remaining_ratio", (account, resource)))
    ratio = max(0.0, min(1.0, remaining / limit)) if limit else 1.0
    lowest, until = counts.gauges.get(key, (1.0, 0.0))
    # The account that has least is the one to know of, until its window ends.
    if until <= now or ratio <= lowest:
        counts.gauges[key] = (ratio, reset)


def _token(counts: Counts, sample: Any, now: float) -> None:
    counts._count("token_refreshes")


def _retention(counts: Counts, sample: Any, now: float) -> None:
    counts._count("retention_tasks", (sample[1], sample[2]))


def _archive(counts: Counts, sample: Any, now: float) -> None:
    counts._count("archived_bytes", (), sample[1])


def _replayed(counts: Counts, sample: Any, now: float) -> None:
    counts._count("replays", (sample[1],))


def _overflow(counts: Counts, sample: Any, now: float) -> None:
    counts._count("sample_overflows")


_FOLDS: Final[dict[str, Callable[[Counts, Any, float], None]]] = {
    "answer": _answer,
    "flush": _flush,
    "published": _published,
    "unpublished": _unpublished,
    "claim": _claim,
    "callback": _callback,
    "event": _event,
    "lane": _lane,
    "leases": _leases,
    "sweep": _sweep,
    "github": _github,
    "budget": _budget,
    "token": _token,
    "retention": _retention,
    "archive": _archive,
    "replayed": _replayed,
    "overflow": _overflow,
}
