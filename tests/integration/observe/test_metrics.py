from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from django_github_app.execution import batches
from django_github_app.models import EventLog
from django_github_app.observe import collecting, metrics
from django_github_app.observe.catalogue import METRICS, PREFIX
from django_github_app.routing import GitHubRouter

OPEN = {"Accept": "application/openmetrics-text; version=1.0.0"}


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": True, "METRICS_TOKEN": "let me in"}


def value(text: str, name: str, **labels: str) -> float | None:
    for family in parse(text):
        for sample in family.samples:
            if sample.name == PREFIX + name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def test_what_came_in_ran_and_ended_is_counted_and_exposed(
    gh: GitHubRouter, samples: None, send: Callable[..., Any], worker_type: str
) -> None:
    @gh.event("issues")
    def fine(event: Any) -> None: ...

    assert send("issues", worker_type=worker_type).status_code == 202
    send("issues", worker_type=worker_type, headers={"X-Hub-Signature-256": "sha256=" + "0" * 64})
    batches.process(list(EventLog.objects.values_list("pk", flat=True)), worker_type)
    text = metrics.exposition()[0].decode()
    handler = f"{fine.__module__}.{fine.__qualname__}"
    assert value(text, "deliveries_total", entrance="view", answer="accepted") == 1
    assert value(text, "deliveries_total", entrance="view", answer="signature_invalid") == 1
    assert value(text, "claimed_events_total", worker_type=worker_type) == 1
    assert value(text, "callbacks_total", handler=handler, outcome="succeeded") == 1
    assert value(text, "callback_seconds_count", handler=handler) == 1
    assert value(text, "events_total", worker_type=worker_type, status="done") == 1
    assert value(text, "event_latency_seconds_count", worker_type=worker_type) == 1
    assert value(text, "up_database") == 1


@pytest.mark.django_db
def test_everything_that_is_exposed_is_in_the_catalogue_in_both_formats(samples: None) -> None:
    from tests.unit.observe.test_samples import ONE_OF_EACH

    collecting.counts().fold(ONE_OF_EACH, 1.0)
    names = {f"{PREFIX}{metric.name}" for metric in METRICS.values()}
    plain = {family.name for family in parse(metrics.exposition()[0].decode())}
    text, content_type = metrics.exposition(OPEN["Accept"])
    assert content_type.startswith("application/openmetrics-text")
    families = {family.name: family for family in parse_openmetrics(text.decode())}  # type: ignore[no-untyped-call]
    assert plain == set(families)
    assert plain <= names
    # Those of which nothing is known at present have no value: no beat, no sweep, no rate limit.
    exemplars = [s.exemplar for s in families[f"{PREFIX}callback_seconds"].samples if s.exemplar]
    assert [one.labels["trace_id"] for one in exemplars] == ["ab" * 16]


@pytest.mark.django_db
def test_without_a_database_the_counts_are_exposed_and_say_so(
    samples: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(metrics, "look", away)
    text = metrics.exposition()[0].decode()
    assert value(text, "up_database") == 0
    assert value(text, "sweeps_total") == 0
