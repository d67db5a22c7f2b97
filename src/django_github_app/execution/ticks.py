"""Opens an item of a panel again when its command is over."""

from __future__ import annotations

import logging

from django_github_app.commands import Match, panels
from django_github_app.errors import RetryLater
from django_github_app.github import AsyncGitHubAPI
from django_github_app.github.exclusive import exclusive
from django_github_app.maintenance.overdue_commands import UNANSWERED

from .runtimes import EventRuntime

__all__ = ["untick"]

logger = logging.getLogger(__name__)


async def untick(match: Match, runtime: EventRuntime) -> None:
    """Untick the item that ran a command. What GitHub does not take is logged: the command itself is over."""
    if not match.ticked or match.source.comment_url is None:
        return
    try:
        await runtime.wait(_untick(runtime.api, match.source.comment_url, match.ticked))
    except (RetryLater, *UNANSWERED) as error:
        logger.warning(
            "panel not unticked",
            extra={"command": match.name, "place": match.source.html_url, "error": type(error).__name__},
        )


async def _untick(api: AsyncGitHubAPI, url: str, marker: str) -> None:
    # Two items of one comment may end at once: each edits what the other has left.
    async with exclusive(api.base_url, "panel", url):
        body = (await api.getitem(url))["body"]
        mended = panels.unticked(body, marker)
        if mended != body:
            await api.patch(url, data={"body": mended})
