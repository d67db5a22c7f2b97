"""One delivery's spans hang together: through a batch of 100, a retry, a call of GitHub and a replay."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from django_github_app import probes
from django_github_app.errors import RetryLater
from django_github_app.execution import batches
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, HandlerRun
from django_github_app.observe import tracing
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims
from django_github_app.testing.deliver import store
from django_github_app.testing.fake_github import FakeGitHub

Send = Callable[..., Any]


def make_due(pk: int) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    EventLog.objects.filter(pk=pk).update(next_attempt_at=past)
    HandlerRun.objects.filter(event=pk).update(next_attempt_at=past)


def of_event(spans: InMemorySpanExporter, pk: int) -> list[ReadableSpan]:
    """Return the spans of the attempts at an event, in order."""
    found = [
        one for one in spans.get_finished_spans() if (one.attributes or {}).get("github_app.event_id") == pk
    ]
    return sorted(found, key=lambda one: one.start_time or 0)


def trace_of(span: ReadableSpan) -> int:
    return int(span.context.trace_id)


def descends(spans: InMemorySpanExporter, span: ReadableSpan) -> list[str]:
    """Return the names on the way from a span up to the root of its trace."""
    by_id = {one.context.span_id: one for one in spans.get_finished_spans()}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names


def test_a_delivery_in_a_batch_of_100_is_one_trace_through_retry_and_github_and_linked_with_its_replay(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send, fake_github: FakeGitHub, worker_type: str
) -> None:
    installation = fake_github.add_installation("octo", repositories=["octo/hello"])
    tried: list[int] = []

    if worker_type == "sync":

        @gh.event("issues")
        def look(event: Any, gh: SyncGitHubAPI) -> None:
            if event.data["issue"]["number"] == 50:
                tried.append(1)
                if len(tried) == 1:
                    raise RetryLater(seconds=3600)
                gh.getitem("/repos/octo/hello")
    else:

        @gh.event("issues")
        async def look(event: Any, gh: AsyncGitHubAPI) -> None:  # type: ignore[misc]  # the other kind
            if event.data["issue"]["number"] == 50:
                tried.append(1)
                if len(tried) == 1:
                    raise RetryLater(seconds=3600)
                await gh.getitem("/repos/octo/hello")

    options: dict[str, Any] = {"worker_type": worker_type, "installation": installation.id}
    assert send("issues", repository="octo/hello", number=50, **options).status_code == 202
    for number in {*range(1, 101)} - {50}:  # stored as the view does it, without its request
        with probes.tracer.receive("test"):  # type: ignore[union-attr]  # the fixture has put it there
            store("issues", number=number, **options)
    ids = list(EventLog.objects.order_by("pk").values_list("pk", flat=True))
    assert len(ids) == 100
    ours = EventLog.objects.get(number=50).pk
    batches.process(ids, worker_type)
    make_due(ours)
    batches.process([ours], worker_type)
    assert EventLog.objects.get(pk=ours).status == EventStatus.DONE

    first, second = of_event(spans, ours)
    received = trace_of(first)
    assert descends(spans, first) == ["process event", "store delivery", "receive delivery"]
    assert trace_of(second) == received
    assert [one.attributes["github_app.attempt"] for one in (first, second) if one.attributes] == [1, 2]
    # Every call of GitHub is inside its callback, in the same trace.
    (call,) = [
        one for one in spans.get_finished_spans() if one.name == "GitHub GET" and trace_of(one) == received
    ]
    assert descends(spans, call)[1:3] == [f"callback {look.__module__}.{look.__qualname__}", "process event"]
    assert (call.attributes or {})["http.response.status_code"] == 200
    # What was done for 100 at once is linked with the trace of each, and is part of none.
    (claim,) = [
        one
        for one in spans.get_finished_spans()
        if one.name == f"claim events {worker_type}"
        and (one.attributes or {}).get("messaging.batch.message_count") == 100
    ]
    assert len({link.context.trace_id for link in claim.links}) == 100
    assert received in {link.context.trace_id for link in claim.links}
    assert trace_of(claim) != received
    assert claim.context.span_id in {link.context.span_id for link in first.links}
    assert len({trace_of(of_event(spans, pk)[0]) for pk in ids}) == 100

    publishing.replay([ours])
    batches.process([ours], worker_type)
    replayed = of_event(spans, ours)[-1]
    assert trace_of(replayed) != received
    assert received in {link.context.trace_id for link in replayed.links}
    assert (replayed.attributes or {})["github_app.replay"] is True


def test_publishing_is_linked_with_what_is_published(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send
) -> None:
    from django_github_app.ingest import inbox

    send("issues", number=1)
    inbox.close()  # the publisher's thread has done its work
    (publish,) = [one for one in spans.get_finished_spans() if one.name.startswith("publish")]
    (receive,) = [one for one in spans.get_finished_spans() if one.name.startswith("receive")]
    assert trace_of(receive) in {link.context.trace_id for link in publish.links}


def test_a_refused_request_is_a_span_and_stores_no_context(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send
) -> None:
    assert send("issues", headers={"X-Hub-Signature-256": "sha256=" + "0" * 64}).status_code == 403
    (receive,) = spans.get_finished_spans()
    assert (receive.attributes or {})["http.response.status_code"] == 403


def test_a_callback_that_fails_for_good_is_an_error_without_secrets(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_ATTEMPTS": 1}

    @gh.event("issues")
    def failing(event: Any) -> None:
        raise ValueError("no token ghs_" + "a1B2" * 10)

    send("issues", number=1)
    batches.process(list(EventLog.objects.values_list("pk", flat=True)), "sync")
    (failed,) = [one for one in spans.get_finished_spans() if one.name.startswith("callback")]
    assert not failed.status.is_ok
    assert "ValueError" in str(failed.status.description)
    assert "ghs_" not in failed.to_json()


def test_without_tracing_no_context_is_stored_or_read(gh: GitHubRouter, send: Send) -> None:
    assert probes.tracer is None
    send("issues", number=1)
    row = EventLog.objects.get()
    assert row.traceparent is None
    (claimed,) = claims.claim([row.pk], lease=60)
    assert claimed.traceparent is None


def test_what_was_not_traced_when_it_came_is_not_traced_later(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send, worker_type: str
) -> None:
    @gh.event("issues")
    def fine(event: Any) -> None: ...

    send("issues", number=1, worker_type=worker_type)
    EventLog.objects.update(traceparent=None)
    row = EventLog.objects.get()
    batches.process([row.pk], worker_type)
    assert of_event(spans, row.pk) == []


def test_only_the_share_that_was_asked_for_is_traced(
    gh: GitHubRouter, spans: InMemorySpanExporter, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes.tracer, "_share", 0.0)
    send("issues", number=1)
    assert EventLog.objects.get().traceparent is None
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize("text", [None, "", "~", "nonsense", "00-xyz-1-01", f"00-{0:032}-{0:016}-01"])
def test_a_text_that_is_no_context_is_none(text: str | None) -> None:
    assert tracing.context_of(text) is None


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        received: list[Any] = self.server.received  # type: ignore[attr-defined]  # ours
        received.extend(
            span
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        )
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Receiver) as server:
        server.received = []  # type: ignore[attr-defined]  # ours
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_real_receiver_of_otlp_gets_the_trace(
    gh: GitHubRouter, receiver: HTTPServer, send: Send, worker_type: str
) -> None:
    @gh.event("issues")
    def fine(event: Any) -> None: ...

    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{receiver.server_port}/v1/traces")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracing.start(provider)
    try:
        send("issues", number=1, worker_type=worker_type)
        row = EventLog.objects.get()
        batches.process([row.pk], worker_type)
    finally:
        tracing.stop()
        provider.shutdown()
    received = {span.name: span for span in receiver.received}  # type: ignore[attr-defined]  # ours
    assert {"receive delivery", "store delivery", "process event"} <= set(received)
    event = received["process event"]
    assert event.trace_id.hex() == str(row.traceparent).split("-")[1]
    assert event.parent_span_id == received["store delivery"].span_id
    assert any(
        name.startswith("callback ") and span.parent_span_id == event.span_id
        for name, span in received.items()
    )
