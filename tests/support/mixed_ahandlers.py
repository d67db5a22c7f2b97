"""Async handlers for a mixed load: the same as `mixed_handlers`."""

from __future__ import annotations

import asyncio

from gidgethub.sansio import Event

from django_github_app.routing import GitHubRouter
from tests.support.mixed_load import HANDLED, SECONDS
from tests.support.recording import record_call

gh = GitHubRouter()


async def handle(event: Event) -> None:
    await asyncio.sleep(SECONDS)
    record_call("async.handle", event)


@gh.event("issues")
async def handle_issue_too(event: Event) -> None:
    record_call("async.handle_issue_too", event)


for _event in HANDLED:
    gh.add(handle, _event)
