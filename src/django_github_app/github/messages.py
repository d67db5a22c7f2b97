"""One HTTP request and its answer, as values of no client library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from .graphql import is_query

__all__ = ["IDEMPOTENT", "Request", "Response"]

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


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
    """Its answer; header names are lowercase, a header that came twice is one, joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes
