"""Where the rooms say what they did: seams that cost one comparison while nobody listens. Pure.

A seam reads one of the names below and does nothing when it is None::

    if (sink := probes.sink) is not None:
        sink(("flush", "loop", len(batch), seconds))

`observe` puts something there when the settings ask for it. What it puts there is cheap and never raises: `sink` is
the ``append`` of a bounded deque, which somebody else empties.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["Sample", "Span", "Tracer", "after_answer", "backlog", "on_dead", "sink", "tracer"]

Sample = tuple[Any, ...]
"""A name, then its values; `observe.samples` says which there are.

    answer    entrance, answer                      one request at a webhook entrance
    flush     inbox, deliveries, seconds            one commit of the inbox
    published worker type, events                   handed to the broker
    unpublished events                              left to the sweep, because the broker was away
    claim     worker type, asked for, claimed       one claim
    callback  handler, outcome, seconds, trace id   one call of a callback
    event     worker type, status, seconds, trace id   one event, from its receipt to its end
    lane      events                                claimed because the one before in their lane ended
    leases    taken back, dead                      expired leases that a sweep found
    sweep     seconds, published                    one sweep
    github    method, status or error, seconds, trace id   one HTTP request to GitHub
    budget    account class, resource, remaining, limit, reset   what GitHub said of a rate limit
    token                                           one new installation token
    retention kind, result                          one piece of work of a retention job
    archive   bytes                                 written to an archive store
    replayed  how it was recognised                 a captured body that came again
"""


class Span(Protocol):
    """A piece of work in a trace."""

    def set(self, **attributes: Any) -> None: ...
    def fail(self, error: BaseException) -> None: ...


class Tracer(Protocol):
    """What makes spans. Contexts travel as W3C ``traceparent`` texts."""

    def receive(self, entrance: str) -> AbstractContextManager[Span]: ...
    def store(self, delivery: str, event: str) -> AbstractContextManager[Span]: ...
    def stored(self, rows: Sequence[tuple[int, str | None]]) -> None: ...
    def publish(self, worker_type: str, ids: Sequence[int]) -> AbstractContextManager[Span]: ...
    def claimed(self, worker_type: str, claims: Sequence[Any], began: int) -> None: ...
    def event(self, claimed: Any) -> AbstractContextManager[Span]: ...
    def callback(self, handler: str, attempt: int) -> AbstractContextManager[Span]: ...
    def request(self, method: str, url: str) -> AbstractContextManager[Span]: ...
    def current(self) -> str | None: ...
    def trace_id(self) -> str | None: ...


sink: Callable[[Sample], object] | None = None
"""Takes a sample of what was done."""

tracer: Tracer | None = None
"""Makes spans."""

on_dead: Callable[[Any, str, BaseException], None] | None = None
"""Is told of each callback that failed for good: its claimed event, its name and the exception."""

after_answer: Callable[[], None] | None = None
"""Is called after each answer of a webhook entrance."""

backlog: Callable[[], int] | None = None
"""Returns how many deliveries wait in this process for their commit."""
