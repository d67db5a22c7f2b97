"""Spans of a delivery's way, from its receipt to the last call of GitHub, in one trace.

A delivery's trace context is kept in its row, as a W3C ``traceparent``, so the parts hang together wherever and
whenever they run:

    receive ─ store ─ process (each attempt) ─ callback ─ GitHub
               publish, claim: of many events at once, linked with the trace of each

What a replay does is a trace of its own that is linked with the first. Of which deliveries spans are made is decided
when they are received: all spans of a delivery cost about as much as the delivery itself. What is not traced then is
not traced later, and costs next to nothing. A request that is part of a trace already (of Django's instrumentation,
say) is traced. Needs ``opentelemetry-api`` (the extra ``otel``); where the spans go is the project's business, or
that of ``opentelemetry-instrument``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django_github_app import probes

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanContext, TracerProvider

NAME: Final = "django_github_app"
REPLAYED: Final = "~"
"""Stands before a context in a row whose event was replayed: what follows is linked with it, not part of it."""
MOST_KNOWN: Final = 10_000
"""Events whose context is remembered between two steps of one process; and links of one span, at most, are fewer."""
MOST_LINKS: Final = 128


def start(provider: TracerProvider | None = None, *, share: float = 1.0) -> None:
    """Make spans of a share of deliveries from now on, by the global provider or another.

    Raises ImportError without ``opentelemetry-api``.
    """
    probes.tracer = Tracer(provider, share)


def stop() -> None:
    """Make no more spans."""
    probes.tracer = None


class _Span:
    """A span as the seams see it."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span

    def set(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            if value is not None:
                self.span.set_attribute(name.replace("__", "."), value)

    def fail(self, error: BaseException) -> None:
        from opentelemetry.trace import StatusCode

        from .redaction import describe

        # Not `record_exception`: its traceback may hold what is blanked out here.
        text = describe(error)
        self.span.add_event("exception", {"exception.type": type(error).__name__, "exception.message": text})
        self.span.set_status(StatusCode.ERROR, text)


class _Nothing:
    """No span, for what is not traced."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *exc_info: object) -> None: ...

    def set(self, **attributes: Any) -> None: ...

    def fail(self, error: BaseException) -> None: ...


NOTHING: Final = _Nothing()


class _Known:
    """Contexts by event id, the oldest forgotten first."""

    def __init__(self) -> None:
        self._found: OrderedDict[int, Any] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, event_id: int, context: Any) -> None:
        with self._lock:
            self._found[event_id] = context
            while len(self._found) > MOST_KNOWN:
                self._found.popitem(last=False)

    def take(self, event_id: int) -> Any:
        if not self._found:
            return None
        with self._lock:
            return self._found.pop(event_id, None)


class Tracer:
    """`probes.Tracer`, made of OpenTelemetry's API."""

    def __init__(self, provider: TracerProvider | None = None, share: float = 1.0) -> None:
        from opentelemetry import trace

        self._share = share
        self._tracer = trace.get_tracer(NAME, tracer_provider=provider)
        self._trace = trace
        self._stored = _Known()
        self._claimed = _Known()

    def receive(self, entrance: str) -> Any:
        kind = self._trace.SpanKind
        inside = self._inside()
        if not inside and random() >= self._share:  # noqa: S311 - no secret depends on it
            return NOTHING
        return self._span(
            "receive delivery", kind.INTERNAL if inside else kind.SERVER, {"github_app.entrance": entrance}
        )

    def store(self, delivery: str, event: str) -> Any:
        if not self._inside():
            return NOTHING
        return self._span("store delivery", self._trace.SpanKind.INTERNAL, _about(delivery, event))

    def stored(self, rows: Sequence[tuple[int, str | None]]) -> None:
        for event_id, traceparent in rows:
            if traceparent is not None:
                self._stored.put(event_id, traceparent)

    def publish(self, worker_type: str, ids: Sequence[int]) -> Any:
        links = self._links([context_of(self._stored.take(pk)) for pk in ids])
        if not links:
            return NOTHING
        attributes = {"messaging.operation.type": "send", "messaging.batch.message_count": len(ids)}
        kind = self._trace.SpanKind.PRODUCER
        return self._span(f"publish events {worker_type}", kind, attributes, links=links, context=_nothing())

    def claimed(self, worker_type: str, claims: Sequence[Any], began: int) -> None:
        traced = [claimed for claimed in claims if claimed.traceparent is not None]
        if not traced:
            return
        span = self._tracer.start_span(
            f"claim events {worker_type}",
            context=_nothing(),
            kind=self._trace.SpanKind.CONSUMER,
            attributes={"messaging.operation.type": "receive", "messaging.batch.message_count": len(claims)},
            links=self._links([context_of(claimed.traceparent) for claimed in traced]),
            start_time=began,
        )
        span.end()
        for claimed in traced:
            self._claimed.put(claimed.id, span.get_span_context())

    def event(self, claimed: Any) -> Any:
        return NOTHING if claimed.traceparent is None else self._event(claimed)

    @contextmanager
    def _event(self, claimed: Any) -> Iterator[_Span]:
        links = [self._claimed.take(claimed.id)]
        parent: Context | None = None
        text = claimed.traceparent or ""
        context = context_of(text)
        if text.startswith(REPLAYED):
            links.append(context)
        elif context is not None:
            parent = self._trace.set_span_in_context(self._trace.NonRecordingSpan(context))
        attributes = {
            **_about(claimed.delivery, claimed.event),
            "github_app.event_id": claimed.id,
            "github_app.action": claimed.action or "",
            "github_app.attempt": claimed.attempt,
            "github_app.replay": text.startswith(REPLAYED),
            "messaging.operation.type": "process",
        }
        with self._span(
            "process event",
            self._trace.SpanKind.CONSUMER,
            attributes,
            links=self._links(links),
            # Not whatever is current in the worker: the event's own trace, or a new one.
            context=parent if parent is not None else _nothing(),
        ) as span:
            yield span

    def callback(self, handler: str, attempt: int) -> Any:
        if not self._inside():
            return NOTHING
        attributes = {"code.function.name": handler, "github_app.attempt": attempt}
        return self._span(f"callback {handler}", self._trace.SpanKind.INTERNAL, attributes)

    def request(self, method: str, url: str) -> Any:
        if not self._inside():
            return NOTHING
        parts = urlsplit(url)
        attributes = {
            "http.request.method": method,
            "server.address": parts.hostname or "",
            "url.path": parts.path,
        }
        return self._span(f"GitHub {method}", self._trace.SpanKind.CLIENT, attributes)

    def current(self) -> str | None:
        """Return the current context as a ``traceparent``; None outside of every trace."""
        context = self._trace.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def trace_id(self) -> str | None:
        """Return the id of the current trace, if it is recorded."""
        context = self._trace.get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid and context.trace_flags.sampled else None

    def _inside(self) -> bool:
        return self._trace.get_current_span() is not self._trace.INVALID_SPAN

    def _links(self, contexts: Sequence[SpanContext | None]) -> list[Any]:
        found = [context for context in contexts if context is not None and context.is_valid]
        return [self._trace.Link(context) for context in found[:MOST_LINKS]]

    @contextmanager
    def _span(
        self, name: str, kind: Any, attributes: dict[str, Any], *, links: Any = None, context: Any = None
    ) -> Iterator[_Span]:
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            seen = _Span(span)
            try:
                yield seen
            except BaseException as error:
                seen.fail(error)
                raise


def _about(delivery: str | None, event: str | None) -> dict[str, Any]:
    return {"github_app.delivery": delivery or "", "github_app.event": event or ""}


def _nothing() -> Context:
    from opentelemetry.context import Context

    return Context()


def context_of(traceparent: str | None) -> SpanContext | None:
    """Return the span that a row's ``traceparent`` names; None for nothing, or for what is no such text."""
    from opentelemetry.trace import SpanContext, TraceFlags

    parts = (traceparent or "").removeprefix(REPLAYED).split("-")
    if len(parts) != 4:
        return None
    try:
        context = SpanContext(int(parts[1], 16), int(parts[2], 16), True, TraceFlags(int(parts[3], 16)))
    except ValueError:
        return None
    return context if context.is_valid else None


def current_ids() -> tuple[str, str] | None:
    """Return the ids of the current trace and span as log lines have them; None outside of every trace."""
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    return (f"{context.trace_id:032x}", f"{context.span_id:016x}") if context.is_valid else None
