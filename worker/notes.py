"""Where the sample handlers leave what they did: the log, and the last note of each kind in the cache.

Not by ``django.core.cache.cache``: Django keeps a cache per asyncio task, which means a connection per event, and
over TLS a handshake per event.
"""

from __future__ import annotations

import logging

from django_github_app.github import cache as shared

logger = logging.getLogger("worker")

KEEP_SECONDS = 24 * 3600


def note(kind: str, repository: str | None, text: str) -> None:
    """Write a note to the log and the cache. Blocks; coroutines use `anote`."""
    _log(kind, repository, text)
    shared.backend().set(_key(kind), text, KEEP_SECONDS)


async def anote(kind: str, repository: str | None, text: str) -> None:
    """As `note`, for coroutines."""
    _log(kind, repository, text)
    await shared.in_thread(shared.backend().set, _key(kind), text, KEEP_SECONDS)


def last_note(kind: str) -> str | None:
    """Return the newest note of a kind, from whichever process left it."""
    text: str | None = shared.backend().get(_key(kind))
    return text


def _key(kind: str) -> str:
    return f"worker-note-{kind}"


def _log(kind: str, repository: str | None, text: str) -> None:
    logger.info(text, extra={"kind": kind, "repository": repository})
