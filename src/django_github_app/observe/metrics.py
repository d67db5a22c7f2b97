"""Metrics as Prometheus and OpenMetrics read them: what processes counted, and what the database says.

Needs ``prometheus-client`` (the extra ``metrics``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError

from django_github_app.conf import app_settings

from . import collecting
from .catalogue import COUNTED, PREFIX, Metric
from .gauges import Present, look
from .samples import Counts, Histogram
from .siblings import Folder

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

WORKER_DIR = "GITHUB_APP_WORKER_METRICS_DIR"
"""Environment variable that a worker sets for its processes."""
OPENMETRICS = "application/openmetrics-text"


def folder() -> Folder | None:
    """Return the folder of this target's processes; None for a target of one process."""
    names = (WORKER_DIR, "PROMETHEUS_MULTIPROC_DIR")
    worker, web = (os.environ.get(name, "") for name in names)
    path = worker or app_settings.METRICS_DIR or web
    return Folder(Path(path) / "github_app") if path else None


def exposition(accept: str = "") -> tuple[bytes, str]:
    """Return the metrics as text, and its content type: OpenMetrics, with exemplars, for whoever accepts it.

    Raises ImportError without ``prometheus-client``.
    """
    from prometheus_client import CollectorRegistry
    from prometheus_client import exposition as plain
    from prometheus_client.openmetrics import exposition as openmetrics

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    if OPENMETRICS in accept:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # it has no types
        return text, openmetrics.CONTENT_TYPE_LATEST
    return plain.generate_latest(registry), plain.CONTENT_TYPE_LATEST


class _Collector:
    """prometheus-client's protocol of a collector."""

    def collect(self) -> Iterator[Family]:
        shared, own = folder(), collecting.counts()
        together = shared.together(own) if shared is not None else own
        for metric in COUNTED:
            yield from _counted(metric, together)
        yield from _measured()


def _counted(metric: Metric, counts: Counts) -> Iterator[Family]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    name = f"{PREFIX}{metric.name}"
    with counts.lock:
        if metric.kind == "histogram":
            yield _histogram(metric, {k[1]: h for k, h in counts.histograms.items() if k[0] == metric.name})
            return
        kind: Any = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(name, metric.text, labels=metric.labels)
        if metric.kind == "counter":
            values = {k[1]: value for k, value in counts.counters.items() if k[0] == metric.name}
            if not metric.labels:
                values.setdefault((), 0.0)  # what never happened is 0, not absent
        else:
            values = {k[1]: value for k, (value, _) in counts.gauges.items() if k[0] == metric.name}
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    yield family


def _histogram(metric: Metric, found: dict[tuple[str, ...], Histogram]) -> Family:
    from prometheus_client.metrics_core import HistogramMetricFamily
    from prometheus_client.samples import Exemplar

    family = HistogramMetricFamily(f"{PREFIX}{metric.name}", metric.text, labels=metric.labels)
    for labels, histogram in sorted(found.items()):
        buckets: list[Any] = []
        count = 0
        for at, bound in enumerate([*map(str, metric.buckets), "+Inf"]):
            count += histogram.counts[at]
            exemplar = histogram.exemplars.get(at)
            shown = Exemplar({"trace_id": exemplar[0]}, exemplar[1], exemplar[2]) if exemplar else None
            buckets.append((bound, count, shown))
        family.add_metric(labels, buckets, sum_value=histogram.total)
    return family


def _measured() -> Iterator[Family]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    from .catalogue import METRICS

    values: dict[str, dict[tuple[str, ...], float]] = {}
    try:
        values = measured(look())
        values["up_database"] = {(): 1.0}
    except (DatabaseError, InterfaceError):
        values["up_database"] = {(): 0.0}
    for name, found in values.items():
        metric = METRICS[name]
        family = GaugeMetricFamily(metric.exposed, metric.text, labels=metric.labels)
        for labels, value in found.items():
            family.add_metric(labels, value)
        yield family


def measured(present: Present) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the gauges by name and labels. What is not known has no value."""

    def by(label: Any) -> dict[tuple[str, ...], float]:
        return {(str(one),): float(value) for one, value in label.items()}

    def one(value: float | None) -> dict[tuple[str, ...], float]:
        return {} if value is None else {(): float(value)}

    return {
        "pending_oldest_age_seconds": by(present.pending_age),
        "retries_due": by(present.retries_due),
        "running_events": by(present.running),
        "running_oldest_age_seconds": by(present.running_age),
        "dead_events": one(present.dead),
        "dead_oldest_age_seconds": one(present.dead_age),
        "last_delivery_age_seconds": by(present.silence),
        "last_sweep_age_seconds": one(present.sweep_age),
        "last_beat_age_seconds": one(present.beat_age),
        "workers": by(present.workers),
        "missed_deliveries": one(present.missed),
        "incidents": by(present.incidents),
    }
