"""News may arrive in any order: what is the latest that was heard of an installation or a repository.

A row that was deleted cannot say when, so this is kept in the shared cache, for as long as GitHub's delivery
log can bring old news back. Reconciliation mends what is lost with the cache.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django_github_app.conf import app_settings
from django_github_app.github import cache as shared
from django_github_app.process.clock import as_aware

KEPT_SECONDS = 4 * 86400
FOR_EVER = float("inf")

Kind = Literal["installation", "repository"]


def _key(kind: Kind, id: int) -> str:
    return shared.key(app_settings.API_URL, "news", kind, id)


def note(kind: Kind, id: int, at: dt.datetime | None) -> bool:
    """Take note of news, unless something newer is known: then return False."""
    cache, time = shared.backend(), as_aware(at).timestamp() if at else 0.0
    if time < cache.get(_key(kind, id), 0.0):
        return False
    if time:
        cache.set(_key(kind, id), time, KEPT_SECONDS)
    return True


def note_gone(kind: Kind, id: int) -> None:
    """Take note that it was deleted: GitHub never uses an id again."""
    shared.backend().set(_key(kind, id), FOR_EVER, KEPT_SECONDS)


def is_gone(kind: Kind, id: int) -> bool:
    """Return whether it is known to be deleted."""
    return bool(shared.backend().get(_key(kind, id), 0.0) == FOR_EVER)
