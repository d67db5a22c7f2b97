"""What an error of GitHub's API says: which request it was, and where GitHub explains the refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit, urlunsplit

import gidgethub

from django_github_app.errors import GitHubAppError

__all__ = ["named", "note_refusal", "shown_url"]

# Of the latest refusal in this task: gidgethub keeps the message of a body only.
_refusal: ContextVar[bytes] = ContextVar("refusal", default=b"")
# The code of a manifest can be exchanged for the app's private key, a token in a path is one.
_SECRET_SEGMENT = re.compile(r"(?<=/app-manifests/)[^/]+|(?<=/tokens/)[^/]+")
_DOCUMENTATION = re.compile(r"https://[\w./#?=&%+-]{1,300}")


def shown_url(url: str) -> str:
    """Return an address without what may be secret in it: user, query, fragment, one-time codes."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, _SECRET_SEGMENT.sub("…", parts.path), "", ""))


def note_refusal(status: int, body: bytes) -> None:
    """Keep the answer that the next error of this task comes from."""
    _refusal.set(body if status >= 400 else b"")


@contextmanager
def named(method: str, url: str) -> Iterator[None]:
    """Let what is raised inside say which request it was: ``POST https://…: Not Found (see https://docs…)``.

    The error gets the attributes ``method``, ``url`` and ``documentation_url`` too. One that has a name keeps it:
    a request for a token may fail inside of the request that needs it.
    """
    _refusal.set(b"")
    try:
        yield
    except (gidgethub.GitHubException, GitHubAppError) as error:
        if not hasattr(error, "documentation_url"):
            _name(error, method, shown_url(url), _documentation_url(_refusal.get()))
        raise


def _name(error: Exception, method: str, url: str, more: str | None) -> None:
    fields = {"method": method, "url": url, "documentation_url": more}
    for name, value in fields.items():
        setattr(error, name, value)
    text = f"{method} {url}: {error}" + (f" (see {more})" if more else "")
    error.args = (text, *error.args[1:])


def _documentation_url(body: bytes) -> str | None:
    if b'"documentation_url"' not in body[:65_536]:
        return None
    try:
        found = json.loads(body).get("documentation_url")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) and _DOCUMENTATION.fullmatch(found) else None
