"""Runs callbacks again whose check runs somebody asks for again: *Re-run*, or one of their buttons.

The events become PENDING, and the next sweep publishes them. Synchronous, as `changes`.
"""

from __future__ import annotations

from collections.abc import Iterable

from gidgethub import sansio

from django_github_app.github.progress import PREFIX
from django_github_app.models import Progress
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims

__all__ = ["register", "rerun_check", "rerun_suite"]

MOST = 50
"""Check runs of one suite."""


def rerun_check(event: sansio.Event) -> None:
    """Somebody asks for a check run again, or has pressed one of its buttons."""
    check = event.data["check_run"]
    key = str(check.get("external_id") or "")
    if not key.startswith(PREFIX):
        return
    pressed = event.data.get("requested_action") or {}
    _rerun(_of_repository(event, key=key), str(pressed.get("identifier") or "")[:20])


def rerun_suite(event: sansio.Event) -> None:
    """Somebody asks for all checks of a commit again."""
    sha = str(event.data["check_suite"].get("head_sha") or "")
    if sha:
        _rerun(_of_repository(event, head_sha=sha, has_check=True))


def _of_repository(event: sansio.Event, **which: object) -> list[Progress]:
    repository = str((event.data.get("repository") or {}).get("full_name") or "")
    return list(Progress.objects.filter(**which, repository=repository).order_by("-pk")[:MOST])


def _rerun(found: Iterable[Progress], action: str = "") -> None:
    for row in found:
        # What runs, or will run by itself, is not begun a second time.
        if claims.rerun(row.event_id, row.handler, row.position):
            Progress.objects.filter(pk=row.pk).update(requested_action=action)


def register(router: GitHubRouter) -> None:
    """Register these callbacks: once for each worker type."""
    router.add(rerun_check, "check_run", action=["rerequested", "requested_action"])
    router.add(rerun_suite, "check_suite", action="rerequested")
