"""Concludes progress that nobody keeps up to date any more: its worker was killed, or could not reach GitHub.

In a thread beside the sweep: GitHub may be slow, and events are to be published all the same.
"""

from __future__ import annotations

import logging
import threading
import time

import gidgethub
from django.db import connections
from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError, PermanentError
from django_github_app.github import AsyncGitHubAPI
from django_github_app.github.progress import Shown, show
from django_github_app.models import EventLog, EventStatus, Progress, ProgressState
from django_github_app.process.loop import run_on_loop
from django_github_app.sql import progress as rows

__all__ = ["close_all_left", "close_left"]

logger = logging.getLogger(__name__)

MOST = 50
"""Of them in one sweep."""
WAIT = 5.0
"""Seconds that the sweep waits for it."""
MOST_TRIES = 30
"""After which GitHub is not asked any more to take one, at growing distances: most of a day."""
FORGET_EVERY = 60.0

_closing: threading.Thread | None = None
_forgotten_at = 0.0


def close_left() -> None:
    """Conclude what is left, beside the sweep."""
    global _closing, _forgotten_at
    if time.monotonic() - _forgotten_at > FORGET_EVERY:
        _forgotten_at = time.monotonic()
        rows.forget_old(1000)
    if (_closing is not None and _closing.is_alive()) or not rows.left(app_settings.LEASE_SECONDS, 1):
        return
    _closing = threading.Thread(target=_close_in_thread, name="github-progress", daemon=True)
    _closing.start()
    _closing.join(WAIT)


def _close_in_thread() -> None:
    try:
        close_all_left()
    except Exception:  # the next sweep goes on
        logger.exception("progress is left to the next sweep")
    finally:
        connections.close_all()  # those of this thread


def close_all_left() -> int:
    """Conclude what nobody keeps up to date; return how many were."""
    closed = 0
    for row, status in rows.left(app_settings.LEASE_SECONDS, MOST):
        closed += _close(row, status)
    return closed


def _close(row: Progress, status: EventStatus | None) -> bool:
    fields = {"event_id": row.event_id, "handler": row.handler}
    found = EventLog.objects.filter(pk=row.event_id).first()
    if found is None:  # nobody knows any more where it is shown
        rows.close(row.key, row.claim)
        return False
    event = sansio.Event(found.payload, event=found.event or "", delivery_id=found.delivery or "")
    api = AsyncGitHubAPI(app_settings.SLUG, installation_id=found.installation_id)
    shown = Shown(
        row.key, row.name, row.has_check, row.has_comment and not _is_taken(row), row.head_sha,
        row.check_run_id, row.comment_id,
    )  # fmt: skip
    outcome = row.outcome or _outcome(status)
    if not rows.take_over(row, outcome):
        return False  # an attempt shows it again
    try:
        run_on_loop(show(api, event, shown, **outcome), rows.seconds_to_conclude(app_settings.LEASE_SECONDS))
    except (gidgethub.GitHubException, GitHubAppError, TimeoutError, ValueError) as error:
        fields["error"] = type(error).__name__
        if _is_refused(error) or row.tries >= MOST_TRIES:
            logger.error("progress cannot be concluded", extra=fields)
            rows.close(row.key, row.claim)
        else:
            logger.warning("progress is concluded later", extra=fields)
            rows.try_later(row, min(5.0 * 2**row.tries, 3600.0))
        return False
    rows.close(row.key, row.claim)
    logger.info("progress concluded", extra={**fields, "outcome": outcome["conclusion"]})
    return True


def _outcome(status: EventStatus | None) -> dict[str, str]:
    match status:
        case EventStatus.DEAD:
            return {
                "conclusion": "failure",
                "title": "Failed",
                "summary": "It failed because of an error in the app. Those who run it find it in their log.",
            }
        case EventStatus.PENDING | EventStatus.RETRYING:
            return {
                "conclusion": "cancelled",
                "title": "Interrupted",
                "summary": "The worker that ran this is gone. It is tried again.",
            }
    return {"conclusion": "cancelled", "title": "Interrupted", "summary": ""}


def _is_taken(row: Progress) -> bool:
    """Return whether somebody else shows progress in the same comment now."""
    others = Progress.objects.filter(conversation=row.conversation, name=row.name, state=ProgressState.OPEN)
    return others.exclude(pk=row.pk).filter(pk__gt=row.pk).exists()


def _is_refused(error: Exception) -> bool:
    """Return whether GitHub will never take it: the repository or the app's right is gone."""
    if isinstance(error, gidgethub.RateLimitExceeded):
        return False
    if isinstance(error, PermanentError | ValueError):
        return True
    return isinstance(error, gidgethub.BadRequest) and error.status_code in (403, 404, 410, 422)
