"""Every metric: its name, its labels and what it says. Names and labels are API; docs/metrics.md is made of this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "github_app_"

Kind = Literal["counter", "histogram", "gauge"]

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
LATENCY: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 21600.0)
SIZES: Final = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 256.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``name`` is without `PREFIX`; counters are exposed with ``_total`` after it."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def exposed(self) -> str:
        """Return the name that queries use (of a histogram, without ``_bucket``, ``_count`` and ``_sum``)."""
        return f"{PREFIX}{self.name}{'_total' if self.kind == 'counter' else ''}"


COUNTED: Final = (
    Metric("deliveries", "counter", "Requests at a webhook entrance", ("entrance", "answer")),
    Metric(
        "inbox_flush_seconds", "histogram", "Seconds that a commit of deliveries took", ("inbox",), SECONDS
    ),
    Metric("inbox_flush_deliveries", "histogram", "Deliveries in one commit", ("inbox",), SIZES),
    Metric("published_events", "counter", "Events handed to the broker", ("worker_type",)),
    Metric("unpublished_events", "counter", "Events left to the sweep because the broker was away"),
    Metric("claims", "counter", "Claims of events by workers", ("worker_type",)),
    Metric("claimed_events", "counter", "Events that workers claimed", ("worker_type",)),
    Metric("claim_misses", "counter", "Events that were asked for and not to be had", ("worker_type",)),
    Metric("callbacks", "counter", "Calls of callbacks by how they ended", ("handler", "outcome")),
    Metric("callback_seconds", "histogram", "Seconds that a call of a callback took", ("handler",), SECONDS),
    Metric("events", "counter", "Attempts at events by how they ended", ("worker_type", "status")),
    Metric(
        "event_latency_seconds",
        "histogram",
        "Seconds from the receipt of an event to its end",
        ("worker_type",),
        LATENCY,
    ),
    Metric("lane_followers", "counter", "Events claimed because the one before in their lane ended"),
    Metric("lost_leases", "counter", "Events whose worker was lost, by what became of them", ("result",)),
    Metric("sweeps", "counter", "Sweeps that ran"),
    Metric("sweep_seconds", "histogram", "Seconds that a sweep took", (), SECONDS),
    Metric("swept_events", "counter", "Events that sweeps published"),
    Metric("github_requests", "counter", "HTTP requests to GitHub", ("method", "status")),
    Metric("github_request_seconds", "histogram", "Seconds that GitHub took to answer", ("method",), SECONDS),
    Metric(
        "github_rate_remaining_ratio",
        "gauge",
        "What is left of the rate limit, 0 to 1, of the account of a class that has least",
        ("account", "resource"),
    ),
    Metric("token_refreshes", "counter", "New installation tokens"),
    Metric("retention_tasks", "counter", "Pieces of work of retention jobs", ("kind", "result")),
    Metric("archived_bytes", "counter", "Bytes written to archive stores"),
    Metric("replays", "counter", "Captured deliveries that came again, by what gave them away", ("by",)),
    Metric("sample_overflows", "counter", "Times that the buffer of samples was full: the oldest are lost"),
)
"""What processes count. Right for the processes of one scrape target together."""

MEASURED: Final = (
    Metric("up_database", "gauge", "Whether the gauges below could be read: 1 or 0"),
    Metric("pending_oldest_age_seconds", "gauge", "Age of the oldest event that waits", ("worker_type",)),
    Metric("retries_due", "gauge", "Retries whose time has come (counted up to 1,000)", ("worker_type",)),
    Metric("running_events", "gauge", "Events that run (counted up to 1,000)", ("worker_type",)),
    Metric("running_oldest_age_seconds", "gauge", "Age of the oldest event that runs", ("worker_type",)),
    Metric("dead_events", "gauge", "Events that failed for good (counted up to 1,000)"),
    Metric("dead_oldest_age_seconds", "gauge", "Age of the oldest event that failed for good"),
    Metric("last_delivery_age_seconds", "gauge", "Seconds since the last delivery of a hook", ("hook",)),
    Metric("last_sweep_age_seconds", "gauge", "Seconds since the last sweep ended"),
    Metric("last_beat_age_seconds", "gauge", "Seconds since beat last sent the sweep"),
    Metric("workers", "gauge", "Hosts on which a worker gave a sign of life lately", ("worker_type",)),
    Metric("missed_deliveries", "gauge", "Failed deliveries in GitHub's log that are not here yet"),
    Metric("incidents", "gauge", "Whether an alarm of the built-in watch is open: 1", ("alarm",)),
)
"""What is read from the database at each scrape. Right while every worker is dead; the same at every target."""

METRICS: Final = {metric.name: metric for metric in (*COUNTED, *MEASURED)}
"""All of them, by name."""


def page() -> str:
    """Return docs/metrics.md's table of metrics."""
    lines: list[str] = []
    for title, metrics in (("Counted by processes", COUNTED), ("Read from the database", MEASURED)):
        lines += [f"### {title}", "", "| name | kind | labels | |", "|---|---|---|---|"]
        for one in metrics:
            labels = ", ".join(f"`{label}`" for label in one.labels)
            lines.append(f"| `{one.exposed}` | {one.kind} | {labels} | {one.text} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
