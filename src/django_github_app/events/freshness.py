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

# "access" is whether an installation has a repository, named by both numbers: GitHub dates that by the installation,
# and the repository's own changes by the repository; of two dates of different things neither is the later one.
Kind = Literal["installation", "repository", "access"]


def _key(kind: Kind | Literal["lost"], id: int | str) -> str:
    return shared.key(app_settings.API_URL, "news", kind, id)


def note(kind: Kind, id: int | str, at: dt.datetime | None) -> bool:
    """Take note of news, unless something newer is known: then return False."""
    cache, time = shared.backend(), as_aware(at).timestamp() if at else 0.0
    if time < cache.get(_key(kind, id), 0.0):
        return False
    if time:
        cache.set(_key(kind, id), time, KEPT_SECONDS)
    return True


def note_access(installation_id: int, repository_id: int, at: dt.datetime | None, *, lost: bool) -> bool:
    """Take note that an installation got or lost a repository, unless something newer is known: then return False."""
    both = f"{installation_id}/{repository_id}"
    if is_gone("repository", repository_id) or not note("access", both, at):
        return False
    if lost:
        shared.backend().set(_key("lost", both), True, KEPT_SECONDS)
    else:
        shared.backend().delete(_key("lost", both))
    return True


def is_lost(installation_id: int, repository_id: int) -> bool:
    """Return whether the latest that is known is that the installation has this repository no longer."""
    return bool(shared.backend().get(_key("lost", f"{installation_id}/{repository_id}"), False))


def note_gone(kind: Kind, id: int) -> None:
    """Take note that it was deleted: GitHub never uses an id again."""
    shared.backend().set(_key(kind, id), FOR_EVER, KEPT_SECONDS)


def is_gone(kind: Kind, id: int) -> bool:
    """Return whether it is known to be deleted."""
    return bool(shared.backend().get(_key(kind, id), 0.0) == FOR_EVER)
