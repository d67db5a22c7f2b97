"""The process's connections to GitHub: so many lines, each of which carries one request at a time.

httpcore's own pool goes through all of its connections several times for each request, and asks each one's
socket for its state: with 50 of them that took more than half of a busy worker's CPU. Here the next free line
is on top of a pile.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.request import getproxies, proxy_bypass

import httpx

IDLE_SECONDS = 30.0
"""After so long a connection that nobody used is closed."""
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)

Open = Callable[[httpx.URL], httpx.AsyncBaseTransport]


@cache
def ssl_context() -> object:
    """Return the context that all connections of a process share."""
    return httpx.create_ssl_context()  # takes 40 ms


def open_line(url: httpx.URL) -> httpx.AsyncHTTPTransport:
    """Return a transport of one connection, which it opens with its first request."""
    return httpx.AsyncHTTPTransport(verify=ssl_context(), limits=_ONE, proxy=proxy_for(url))  # type: ignore[arg-type]  # an SSLContext, typed as object because httpx gives it no public name


def proxy_for(url: httpx.URL) -> str | None:
    """Return the proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name for an address."""
    if proxy_bypass(f"{url.host}:{url.port}" if url.port else url.host):
        return None
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    if not found:
        return None
    return found if "://" in found else f"http://{found}"


@dataclass(slots=True)
class _Line:
    origin: tuple[str, str, int | None]
    transport: httpx.AsyncBaseTransport
    free_since: float = 0.0


class Connections:
    """At most ``most`` connections to all hosts together. Belongs to one event loop."""

    def __init__(self, most: int, open_line: Open = open_line) -> None:
        self._most = most
        self._open = open_line
        self._gate = asyncio.Semaphore(most)
        # The one used last is on the right: a quiet hour leaves few lines open.
        self._free: deque[_Line] = deque()
        self._made = 0
        self._closed = False

    async def send(self, request: httpx.Request, *, patience: float, limit: float) -> httpx.Response:
        """Send a request and read its answer, for which it has ``limit`` seconds in all.

        Raises httpx.PoolTimeout when no line is free within ``patience`` seconds: then nothing was sent.
        """
        await self._admit(patience)
        try:
            line = await self._take(request.url)
            try:
                # The timeouts of httpx are for one read each: an answer in drips would last for ever.
                async with asyncio.timeout(limit):
                    return await _answered(line.transport, request)
            except TimeoutError:
                raise httpx.ReadTimeout(f"GitHub did not answer within {limit:g} seconds") from None
            finally:
                await self._put_back(line)
        finally:
            self._gate.release()

    async def _admit(self, patience: float) -> None:
        if not self._gate.locked():
            await self._gate.acquire()  # at once
            return
        try:
            async with asyncio.timeout(patience):
                await self._gate.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout(
                f"{self._most} other requests to GitHub took {patience:g} seconds"
            ) from None

    async def _take(self, url: httpx.URL) -> _Line:
        while self._free and time.monotonic() - self._free[0].free_since > IDLE_SECONDS:
            await self._close_oldest()
        origin = (url.scheme, url.host, url.port)
        for place in range(len(self._free) - 1, -1, -1):
            if self._free[place].origin == origin:
                line = self._free[place]
                del self._free[place]
                return line
        # Who was admitted is one of ``most``: when so many lines are made, one is free, of another origin.
        while self._made >= self._most:
            await self._close_oldest()
        line = _Line(origin, self._open(url))
        self._made += 1
        return line

    async def _put_back(self, line: _Line) -> None:
        line.free_since = time.monotonic()
        self._free.append(line)
        if self._closed:
            await self.aclose()

    async def _close_oldest(self) -> None:
        self._made -= 1
        await self._free.popleft().transport.aclose()

    async def aclose(self) -> None:
        """Close the connections: those in use when their request is done."""
        self._closed = True
        while self._free:
            await self._close_oldest()


async def _answered(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    response = await transport.handle_async_request(request)
    try:
        await response.aread()
    except BaseException:
        await response.aclose()
        raise
    return response
