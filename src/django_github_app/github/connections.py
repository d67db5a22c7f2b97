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
from typing import Protocol

from django_github_app.errors import ConnectionsBusy, GitHubTimeout

from .http import IDLE_SECONDS, Connection
from .messages import Request, Response
from .urls import origin

__all__ = ["IDLE_SECONDS", "Connections"]


class Transport(Protocol):
    """What a line needs of a connection; `http.Connection` is one."""

    async def exchange(self, request: Request, seconds: float) -> Response:
        """Send a request and read its answer."""

    async def aclose(self) -> None:
        """Close it."""


Open = Callable[[str], Transport]


@dataclass(slots=True)
class _Line:
    origin: tuple[str, str, int | None]
    transport: Transport
    free_since: float = 0.0


class Connections:
    """At most ``most`` connections to all hosts together. Belongs to one event loop."""

    def __init__(self, most: int, open_line: Open = Connection) -> None:
        self._most = most
        self._open = open_line
        self._gate = asyncio.Semaphore(most)
        # The one used last is on the right: a quiet hour leaves few lines open.
        self._free: deque[_Line] = deque()
        self._made = 0
        self._closed = False

    async def send(self, request: Request, *, patience: float, limit: float) -> Response:
        """Send a request and read its answer, for which it has ``limit`` seconds in all.

        Raises ConnectionsBusy when no line is free within ``patience`` seconds: then nothing was sent.
        """
        await self._admit(patience)
        try:
            line = await self._take(request.url)
            try:
                # The timeouts of a connection are for one read each: an answer in drips would last for ever.
                async with asyncio.timeout(limit):
                    return await line.transport.exchange(request, limit)
            except TimeoutError:
                raise GitHubTimeout(f"GitHub did not answer within {limit:g} seconds") from None
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
            raise ConnectionsBusy(
                f"{self._most} other requests to GitHub took {patience:g} seconds"
            ) from None

    async def _take(self, url: str) -> _Line:
        while self._free and time.monotonic() - self._free[0].free_since > IDLE_SECONDS:
            await self._close_oldest()
        wanted = origin(url)
        for place in range(len(self._free) - 1, -1, -1):
            if self._free[place].origin == wanted:
                line = self._free[place]
                del self._free[place]
                return line
        # Who was admitted is one of ``most``: when so many lines are made, one is free, of another origin.
        while self._made >= self._most:
            await self._close_oldest()
        line = _Line(wanted, self._open(url))
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
