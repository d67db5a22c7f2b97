"""Fixtures of the tests about observing: spans in memory, and deliveries that come in over HTTP."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from django_github_app.execution import batches
from django_github_app.observe import collecting, tracing
from django_github_app.process.loop import run_on_loop
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from tests.support.watched_site import Site, watched


@pytest.fixture
def gh(transactional_db: None) -> Iterator[GitHubRouter]:
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite belongs to one thread: unset DATABASE_URL")
    with GitHubRouter.isolated():
        yield GitHubRouter()
    batches.close()
    run_on_loop(sync_to_async(connections.close_all)(), 10)


@pytest.fixture(params=["sync", "async"])
def worker_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans are made, and kept here."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.start(provider)
    yield exporter
    tracing.stop()
    provider.shutdown()


@pytest.fixture
def samples() -> Iterator[None]:
    """Samples are taken."""
    collecting.start()
    yield
    collecting.stop()


@pytest.fixture
def send(client: Client, settings: Any) -> Callable[..., Any]:
    """Send a signed delivery to a webhook view; return the response."""

    def send(event: str, action: str | None = None, *, worker_type: str = "sync", **options: Any) -> Any:
        headers = options.pop("headers", {})
        body = options.pop("body", None)
        delivery = options.pop("delivery", None) or str(uuid.uuid4())
        if body is None:
            body = json.dumps(payloads.build(event, action, **options)).encode()
        return client.post(
            f"/github/{worker_type}/",
            body,
            content_type="application/json",
            headers={
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery,
                "X-GitHub-Hook-ID": "7",
                "X-Hub-Signature-256": payloads.sign(settings.GITHUB_APP["WEBHOOK_SECRET"], body),
                **headers,
            },
        )

    return send


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that the watch looks at."""
    with watched(monkeypatch) as site:
        yield site
