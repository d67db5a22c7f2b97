"""Where the sample handlers leave what they did: the log, and the last note of each kind in the cache."""

from __future__ import annotations

import logging

from django.core.cache import cache

logger = logging.getLogger("worker")

KEEP_SECONDS = 24 * 3600


def note(kind: str, repository: str | None, text: str) -> None:
    """Write a note to the log and the cache. Blocks; coroutines use `anote`."""
    _log(kind, repository, text)
    cache.set(_key(kind), text, KEEP_SECONDS)


async def anote(kind: str, repository: str | None, text: str) -> None:
    """As `note`, for coroutines."""
    _log(kind, repository, text)
    await cache.aset(_key(kind), text, KEEP_SECONDS)


def last_note(kind: str) -> str | None:
    """Return the newest note of a kind, from whichever process left it."""
    text: str | None = cache.get(_key(kind))
    return text


def _key(kind: str) -> str:
    return f"worker-note-{kind}"


def _log(kind: str, repository: str | None, text: str) -> None:
    logger.info(text, extra={"kind": kind, "repository": repository})
