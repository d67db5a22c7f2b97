"""One writer at a time: a short lock in the shared cache, for what GitHub itself does not keep apart."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from . import cache as shared
from .current import look_before_a_write

__all__ = ["exclusive"]

logger = logging.getLogger(__name__)

HELD_SECONDS = 12.0
"""After so long the lock of a worker that was killed is free again; its callbacks wait for LEASE_SECONDS."""
RENEWED_EVERY = 4.0
"""Seconds after which who still writes takes it for as long again."""
PATIENCE = 20.0
"""Seconds that somebody waits for it. Then they write all the same, and look for twins afterwards."""


@asynccontextmanager
async def exclusive(base_url: str, *parts: Any) -> AsyncIterator[bool]:
    """Hold the lock that is named by ``parts``; yields False when it could not be had in time.

    It spares twins, it does not rule them out: a lock can outlive its time, and a cache that is not shared
    by all workers has one lock for each. So whoever writes looks once more afterwards.
    """
    name, mine = shared.key(base_url, "writing", shared.digest(*parts)), secrets.token_hex(8)
    cache = shared.backend()
    deadline, pause = time.monotonic() + PATIENCE, 0.02
    while not (held := await shared.in_thread(cache.add, name, mine, HELD_SECONDS)):
        if time.monotonic() > deadline:
            logger.warning("another worker has been writing the same for long", extra={"seconds": PATIENCE})
            break
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    keeping = asyncio.get_running_loop().create_task(_keep(name, mine)) if held else None
    try:
        await look_before_a_write()
        yield held
    finally:
        if keeping is not None:
            keeping.cancel()
            await shared.in_thread(_release, name, mine)


async def _keep(name: str, mine: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY)
        with suppress(Exception):  # a cache that is away has nobody else's lock either
            await shared.in_thread(_renew, name, mine)


def _renew(name: str, mine: str) -> None:
    cache = shared.backend()
    if cache.get(name) == mine:
        cache.touch(name, HELD_SECONDS)


def _release(name: str, mine: str) -> None:
    cache = shared.backend()
    # Somebody else's by now, if this took longer than the lock lasts.
    if cache.get(name) == mine:
        cache.delete(name)
