"""Handlers that post one comment per event, for both worker types; and one that asks GitHub for nothing."""

from __future__ import annotations

from typing import Any

from gidgethub import sansio

from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, areply, reply
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


@gh.event("issue_comment", action="created")
async def acomment(event: sansio.Event, gh: AsyncGitHubAPI, **kwargs: Any) -> None:
    await areply(gh, event, f"Seen {event.delivery_id}")


@gh.event("issues", action="opened")
def comment(event: sansio.Event, gh: SyncGitHubAPI, **kwargs: Any) -> None:
    reply(gh, event, f"Seen {event.delivery_id}")


@gh.event("star")
def starred(event: sansio.Event, **kwargs: Any) -> None:
    pass
