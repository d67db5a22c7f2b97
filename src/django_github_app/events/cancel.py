"""``@app cancel``: stops what runs or waits under a key for an issue or pull request, if a project says who may."""

from __future__ import annotations

import logging
from typing import Any

from django_github_app.conf import app_settings
from django_github_app.errors import UserError
from django_github_app.routing import GitHubRouter
from django_github_app.sql.cancelling import cancel_subject

__all__ = ["cancel", "register"]

logger = logging.getLogger(__name__)


def cancel(context: Any) -> None:
    """Stop what the app is doing for this issue or pull request."""
    if context.number is None:
        raise UserError("There is nothing here that could be cancelled.")
    by = f"@{context.sender}"
    found = cancel_subject(context.repo, context.number, by, but_event=context.event_id)
    # What waited is over when a worker has looked at it, which the sweep has it do; what runs is told by its worker.
    if not found.runs:
        raise UserError("Nothing runs here that could be cancelled.")
    logger.info("runs cancelled", extra={"events": len(found.events), "actor": by})
    context.reply(f"Cancelled: {found.runs} run{'' if found.runs == 1 else 's'}.")


def register(gh: GitHubRouter) -> None:
    """Register the command, where the project says who may use it."""
    if permission := app_settings.CANCEL_PERMISSION:
        gh.command("cancel", permission=permission)(cancel)
