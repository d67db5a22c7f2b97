"""HTTP: one set of connections per process, on the process's event loop; timeouts, and harmless repetitions."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.errors import GitHubUnreachable
from django_github_app.process import loop as loops

from .connections import Connections
from .messages import Request, Response

REPEATED = frozenset({500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
# GitHub's secondary limit is 100 requests at once; the rest is for the other workers.
AT_ONCE = 50

# One set for each loop: a loop that was blocked and given up may go on later, and closes what is its own.
_lines: dict[asyncio.AbstractEventLoop, Connections] = {}


def lines() -> Connections:
    """Return the connections of the loop that this runs on."""
    loop = asyncio.get_running_loop()
    found = _lines.get(loop)
    if found is None:
        for other in list(_lines):
            if other.is_closed():
                _lines.pop(other, None)
        found = _lines[loop] = Connections(AT_ONCE)
    return found


async def send(request: Request) -> Response:
    """Send a request once. Raises GitHubUnreachable, of which timeouts are a kind, and InvalidRequest."""
    seconds = app_settings.API_TIMEOUT
    if (sink := probes.sink) is None:
        return await lines().send(request, patience=seconds, limit=seconds)
    return await _counted(request, seconds, sink)


async def _counted(request: Request, seconds: float, sink: Callable[[probes.Sample], object]) -> Response:
    began, status = time.perf_counter(), "error"
    try:
        response = await lines().send(request, patience=seconds, limit=seconds)
        status = str(response.status)
    finally:
        trace_id = None if probes.tracer is None else probes.tracer.trace_id()
        sink(("github", request.method, status, time.perf_counter() - began, trace_id))
    return response


def may_repeat(request: Request, outcome: Response | GitHubUnreachable) -> bool:
    """Return whether a failure may pass, and repeating the request cannot do its work twice."""
    if isinstance(outcome, Response):
        return outcome.status in REPEATED and request.is_repeatable
    return not outcome.sent or request.is_repeatable


def pause(attempt: int) -> float:
    """Return the seconds to wait before repetition ``attempt`` (0, 1 …): short, spread, growing."""
    return 0.2 * 2.0**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - no secret depends on it


async def close() -> None:
    """Close the connections. The next request opens new ones."""
    open_lines = _lines.pop(asyncio.get_running_loop(), None)
    if open_lines is not None:
        await open_lines.aclose()


loops.close_with_loop(close)


def close_all() -> None:
    """Close the connections from outside of the loop, before the process ends or in tests."""
    if any(not loop.is_closed() for loop in list(_lines)):
        loops.run_on_loop(close(), 5)


def _forget_after_fork() -> None:
    # The sockets are the parent's.
    _lines.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
