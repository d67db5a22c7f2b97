"""Answers kept for conditional requests: GitHub does not charge for a 304.

One cache per installation and token scope. A cache that is keyed by the address alone hands one
installation's private data to another.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache.backends.base import BaseCache

from . import cache as shared

KEPT_SECONDS = 24 * 3600
MAX_BODY = 512 * 1024
KEPT_HEADERS = ("content-type", "etag", "last-modified", "link")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of status 200."""

    headers: dict[str, str]
    body: bytes


def key(base_url: str, credentials: str, url: str, accept: str) -> str:
    """Return the cache key of one reader's view of one address."""
    return shared.key(base_url, "etag", credentials, shared.digest(url, accept))


def load(cache: BaseCache, name: str) -> Kept | None:
    """Return the answer kept under a key, if there is one."""
    found = cache.get(name)
    return Kept(found[0], zlib.decompress(found[1])) if found else None


def is_worth_keeping(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether an answer has an ETag, may be kept, and is not too large."""
    return "etag" in headers and len(body) <= MAX_BODY and "no-store" not in headers.get("cache-control", "")


def keep(cache: BaseCache, name: str, headers: Mapping[str, str], body: bytes) -> None:
    """Keep an answer that `is_worth_keeping`."""
    kept = {header: headers[header] for header in KEPT_HEADERS if header in headers}
    cache.set(name, (kept, zlib.compress(body, 1)), KEPT_SECONDS)
