"""HTTP: one connection pool per process, on the process's event loop; timeouts, and harmless repetitions."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import httpx

from django_github_app import loops
from django_github_app.conf import app_settings

REPEATED = frozenset({500, 502, 503, 504})
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
# GitHub's secondary limit is 100 requests at once; the rest is for the other workers.
AT_ONCE = 50
LIMITS = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=30)

# The queue in front of the pool is ours: httpcore looks through all that wait whenever one is done, which with
# hundreds of callbacks at once took 20 ms of CPU per request.
_pool: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient, asyncio.Semaphore] | None = None


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
        return self.url.endswith("/graphql") and b'"mutation' not in self.body[:40].replace(b": ", b":")

    def with_headers(self, **headers: str) -> Request:
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


@dataclass(frozen=True, slots=True)
class Response:
    """Its answer; header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def ssl_context() -> object:
    return httpx.create_ssl_context()  # takes 40 ms


def pool() -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
    """Return the process's pool, and what admits requests to it. Both belong to the process's loop."""
    global _pool
    loop = asyncio.get_running_loop()
    if _pool is None or _pool[0] is not loop:
        client = httpx.AsyncClient(verify=ssl_context(), limits=LIMITS, follow_redirects=False)  # type: ignore[arg-type]  # an SSLContext, typed as object because httpx gives it no public name
        _pool = (loop, client, asyncio.Semaphore(AT_ONCE))
    return _pool[1], _pool[2]


async def send(request: Request) -> Response:
    """Send a request once. Raises httpx.TransportError, of which timeouts are a kind."""
    seconds = app_settings.API_TIMEOUT
    timeout = httpx.Timeout(seconds, connect=min(10.0, seconds))
    client, gate = pool()
    try:
        async with asyncio.timeout(seconds):
            await gate.acquire()
    except TimeoutError:
        # Nothing was sent: unlike other timeouts, this one may be followed by another try whatever the method.
        raise httpx.PoolTimeout(f"{AT_ONCE} other requests to GitHub took {seconds:g} seconds") from None
    try:
        # httpx's timeouts are for one read each: an answer in drips would last for ever.
        async with asyncio.timeout(seconds):
            response = await client.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body,
                timeout=timeout,
            )
    except TimeoutError:
        raise httpx.ReadTimeout(f"GitHub did not answer within {seconds:g} seconds") from None
    finally:
        gate.release()
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
    """Close the pool's connections. The next request opens new ones."""
    global _pool
    if _pool is not None and _pool[0] is asyncio.get_running_loop():
        client, _pool = _pool[1], None
        await client.aclose()


def close_all() -> None:
    """Close the pool from outside of the loop, before the process ends or in tests."""
    if _pool is not None and not _pool[0].is_closed():
        loops.run_on_loop(close(), 5)


def _forget_after_fork() -> None:
    # The sockets are the parent's.
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forget_after_fork)
