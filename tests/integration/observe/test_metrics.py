from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from django_github_app.execution import batches
from django_github_app.models import EventLog, EventStatus
from django_github_app.observe import collecting, metrics
from django_github_app.observe.catalogue import METRICS, PREFIX
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store

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
def test_the_view_is_for_whoever_has_the_token_and_for_staff(client: Client, settings: Any) -> None:
    assert client.get("/github/metrics").status_code == 401
    assert client.get("/github/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/github/metrics", headers={"Authorization": "Bearer let me in"})
    assert (answer.status_code, b"github_app_up_database 1.0" in answer.content) == (200, True)
    user = get_user_model().objects.create_user("olga")
    client.force_login(user)
    assert client.get("/github/metrics").status_code == 401
    user.is_staff = True
    user.save()
    assert client.get("/github/metrics").status_code == 200
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": False}
    assert client.get("/github/metrics").status_code == 404
    assert client.post("/github/metrics").status_code == 405


@pytest.mark.django_db
def test_an_empty_token_lets_nobody_in(client: Client, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS_TOKEN": ""}
    assert client.get("/github/metrics", headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.django_db
def test_a_worker_answers_on_its_port(settings: Any) -> None:
    import httpx

    from deploy.local_servers import free_port
    from django_github_app.observe import serving

    port = free_port()
    server = serving.serve("127.0.0.1", port)
    assert server is not None
    try:
        assert serving.serve("127.0.0.1", port) is None  # taken: said in the log, and no reason to end
        with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http:
            assert http.get("/metrics").status_code == 401
            answer = http.get("/metrics", headers={"Authorization": "Bearer let me in", **OPEN})
            assert answer.status_code == 200
            assert answer.text.endswith("# EOF\n")
            assert http.get("/other").status_code == 404
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db
def test_no_gauge_reads_the_log() -> None:
    """With any number of finished events each query goes through an index, or reads the newest rows by their id."""
    if connection.vendor != "postgresql":
        pytest.skip("plans are PostgreSQL's: unset DATABASE_URL")
    from django.test.utils import CaptureQueriesContext

    from django_github_app.observe import gauges

    row = store("issues")
    copies = [
        EventLog(event="issues", status=status, worker_type="sync", delivery=f"{status}-{i}", hook_id=7)
        for status, n in ((EventStatus.DONE, 3000), (EventStatus.PENDING, 100), (EventStatus.DEAD, 100))
        for i in range(n)
    ]
    EventLog.objects.bulk_create(copies)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE django_github_app_eventlog")
    with CaptureQueriesContext(connection) as queries:
        present = gauges.look()
    assert present.dead == 100
    assert present.pending_age["async"] > 0
    assert row.pk
    looked = [one["sql"] for one in queries if "eventlog" in one["sql"]]
    assert len(looked) <= 12
    for sql in looked:
        with connection.cursor() as cursor:
            # In a table as small as this one PostgreSQL may rather read all of it, which says nothing of a large one.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan" not in plan, f"{sql}\n{plan}"
        assert re.search(r"LIMIT \d+", sql), sql


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
