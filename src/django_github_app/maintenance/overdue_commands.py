"""What the app owes to people who typed commands: an outcome that never came, a reaction that GitHub did not take."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, cast

import gidgethub
from gidgethub import sansio

from django_github_app.commands import quote
from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError, GitHubUnreachable
from django_github_app.github import AsyncGitHubAPI
from django_github_app.github.writes import Reaction, areact, areply
from django_github_app.models import CommandClaim, EventLog
from django_github_app.process.loop import run_on_loop
from django_github_app.sql.clock import database_now

__all__ = ["UNANSWERED", "answer_overdue", "duration", "is_passing", "repeat_feedback"]

logger = logging.getLogger(__name__)

# What may go wrong when we talk to GitHub about a command, and must not change what became of it.
UNANSWERED = (gidgethub.GitHubException, GitHubAppError, TimeoutError)
OWED_AFTER = dt.timedelta(seconds=30)
"""Before that the worker that ran the command may still be about to react."""
OWED_FOR = dt.timedelta(days=1)


def is_passing(error: Exception) -> bool:
    """Return whether GitHub may take later what it did not take now: an outage, and no refusal."""
    if isinstance(error, gidgethub.BadRequest):
        return error.status_code in (401, 408, 425, 429)
    return isinstance(error, gidgethub.GitHubBroken | GitHubUnreachable | TimeoutError)


def answer_overdue() -> dict[str, int]:
    """Tell the author and the log of each command that was taken long ago and has no outcome.

    Also repeats the reactions that are owed, and forgets old claims.
    """
    now = database_now()  # which has dated the claims
    claims = CommandClaim.objects
    told = 0
    for claim in claims.overdue(now - dt.timedelta(seconds=app_settings.COMMAND_OVERDUE), limit=100):
        if not claims.report(claim):
            continue
        told += 1
        fields = {"command": claim.command, "actor": claim.actor, "event_id": claim.event_id}
        logger.error("command has no outcome", extra=fields)
        found = _event_of(claim) if app_settings.COMMAND_REPLIES else None
        if found is None:
            continue
        api, event = found
        text = (
            f"@{claim.actor}: {quote(claim.command)} was taken more than "
            f"{duration(app_settings.COMMAND_OVERDUE)} ago and has no outcome yet. "
            "Those who run this app find it in their log."
        )
        try:
            run_on_loop(areply(api, event, text, key=f"overdue {claim.key}"), app_settings.API_TIMEOUT * 2)
        except UNANSWERED as error:
            logger.warning("command not answered", extra={**fields, "error": type(error).__name__})
    repeat_feedback(now)
    forgotten = claims.forget_before(now - dt.timedelta(days=app_settings.COMMAND_MEMORY_DAYS), limit=5_000)
    return {"told": told, "forgotten": forgotten}


def repeat_feedback(now: dt.datetime) -> int:
    """React to commands whose outcome nobody has seen yet; return how many reactions are no longer owed.

    GitHub keeps one reaction of a kind, so repeating one that stands changes nothing.
    """
    claims = CommandClaim.objects
    stands = 0
    for claim in claims.owed_between(now - OWED_FOR, now - OWED_AFTER, limit=100):
        found = _event_of(claim)
        wanted = claim.owed.split() if found is not None else []
        left = [content for content in wanted if not _stands(claim, found, content)]
        stands += len(wanted) - len(left)
        if " ".join(left) != claim.owed:
            claims.paid(claim.key, " ".join(left))
    return stands


def _stands(claim: CommandClaim, found: Any, content: str) -> bool:
    """React for a command; return whether the reaction is there now, or never will be."""
    api, event = found
    try:
        run_on_loop(areact(api, event, cast("Reaction", content)), app_settings.API_TIMEOUT * 2)
    except UNANSWERED as error:
        fields = {"command": claim.command, "actor": claim.actor, "event_id": claim.event_id}
        logger.warning("reaction not taken", extra={**fields, "error": type(error).__name__})
        return _is_refused(error)
    return True


def _is_refused(error: Exception) -> bool:
    return isinstance(error, gidgethub.BadRequest | gidgethub.QueryError) and not is_passing(error)


def _event_of(claim: CommandClaim) -> tuple[AsyncGitHubAPI, Any] | None:
    row = EventLog.objects.filter(pk=claim.event_id).first()
    if row is None:
        return None
    event = sansio.Event(row.payload, event=row.event or "", delivery_id=row.delivery or "")
    return AsyncGitHubAPI(app_settings.SLUG, installation_id=row.installation_id), event


def duration(seconds: float) -> str:
    """Return a time as people say it: ``90 seconds``, ``10 minutes``, ``3 hours``."""
    if seconds < 120:
        return f"{seconds:g} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
