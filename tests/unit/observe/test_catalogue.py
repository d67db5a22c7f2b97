from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_github_app.observe.catalogue import COUNTED, MEASURED, METRICS, PREFIX, page

ROOT = Path(__file__).parents[3]


def test_names_are_those_that_prometheus_takes_and_each_is_used_once() -> None:
    assert len(METRICS) == len(COUNTED) + len(MEASURED)
    for metric in METRICS.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
        assert not metric.name.endswith("_total")
        assert (metric.kind == "histogram") == bool(metric.buckets)


def test_no_metric_has_a_label_without_a_bound() -> None:
    unbounded = {"repository", "user", "sender", "actor", "delivery", "event_id", "installation", "url"}
    assert {label for metric in METRICS.values() for label in metric.labels} & unbounded == set()


def test_the_page_has_every_metric_by_the_name_that_queries_use() -> None:
    text = page()
    assert all(f"`{metric.exposed}`" in text for metric in METRICS.values())
    assert (ROOT / "docs" / "metrics.md").read_text().count(text) == 1


def used_in(text: str) -> set[str]:
    """Return the names of ours that a text of rules or of a dashboard uses, without the endings of histograms."""
    found = set(re.findall(rf"\b{PREFIX}\w+", text))
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


@pytest.mark.parametrize("path", ["deploy/prometheus/rules.yml", "deploy/prometheus/dashboard.json"])
def test_rules_and_dashboard_name_only_metrics_that_there_are(path: str) -> None:
    used = used_in((ROOT / path).read_text())
    assert used
    assert used - {metric.exposed for metric in METRICS.values()} == set()
