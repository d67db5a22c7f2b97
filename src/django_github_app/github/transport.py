"""HTTP: one set of connections per process, on the process's event loop; timeouts, and harmless repetitions."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx

from django_github_app.conf import app_settings
from django_github_app.process import loop as loops

from .connections import Connections
from .graphql import is_query

REPEATED = frozenset({500, 502, 503, 504})
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
# GitHub's secondary limit is 100 requests at once; the rest is for the other workers.
AT_ONCE = 50

_lines: tuple[asyncio.AbstractEventLoop, Connections] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as gidgethub composed it; header names are lowercase."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    harmless: bool = False
    """Of a POST: sending it twice does no more than sending it once."""

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        if self.method in IDEMPOTENT or self.harmless:
            return True
        path = urlsplit(self.url).path
        if self.method == "POST" and path.endswith("/reactions"):
            return True  # GitHub keeps one reaction of a kind per account
        return path.endswith("/graphql") and is_query(self.body)

    def with_headers(self, **headers: str) -> Request:
        """Return the request with further headers; ``_`` in a name stands for ``-``."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


@dataclass(frozen=True, slots=True)
class Response:
    """Its answer; header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def lines() -> Connections:
    """Return the connections of the loop that this runs on."""
    global _lines
    loop = asyncio.get_running_loop()
    if _lines is None or _lines[0] is not loop:
        _lines = (loop, Connections(AT_ONCE))
    return _lines[1]


async def send(request: Request) -> Response:
    """Send a request once. Raises httpx.TransportError, of which timeouts are a kind."""
    seconds = app_settings.API_TIMEOUT
    sent = httpx.Request(
        request.method,
        request.url,
        headers={"accept-encoding": "gzip, deflate", **request.headers},
        content=request.body,
        extensions={"timeout": httpx.Timeout(seconds, connect=min(10.0, seconds)).as_dict()},
    )
    response = await lines().send(sent, patience=seconds, limit=seconds)
    return Response(response.status_code, response.headers, response.content)


def may_repeat(request: Request, outcome: Response | httpx.TransportError) -> bool:
    """Return whether a failure may pass, and repeating the request cannot do its work twice."""
    if isinstance(outcome, Response):
        return outcome.status in REPEATED and request.is_repeatable
    if isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return True  # nothing was sent
    return request.is_repeatable


def pause(attempt: int) -> float:
    """Return the seconds to wait before repetition ``attempt`` (0, 1 …): short, spread, growing."""
    return 0.2 * 2.0**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - no secret depends on it


async def close() -> None:
    """Close the connections. The next request opens new ones."""
    global _lines
    if _lines is not None and _lines[0] is asyncio.get_running_loop():
        open_lines, _lines = _lines[1], None
        await open_lines.aclose()


loops.close_with_loop(close)


def close_all() -> None:
    """Close the connections from outside of the loop, before the process ends or in tests."""
    if _lines is not None and not _lines[0].is_closed():
        loops.run_on_loop(close(), 5)


def _forget_after_fork() -> None:
    # The sockets are the parent's.
    global _lines
    _lines = None


os.register_at_fork(after_in_child=_forget_after_fork)
