"""Handlers that take 20 ms, as those of a bot that looks something up: for both worker types."""

from __future__ import annotations

import asyncio
import os
import time

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
SECONDS = 0.02

if os.environ.get("BENCH_FLOOD") == "async":

    @gh.event(["push", "issue_comment"])
    async def handle() -> None:
        await asyncio.sleep(SECONDS)

else:

    @gh.event(["push", "issue_comment"])
    def handle_synchronously() -> None:
        time.sleep(SECONDS)


@gh.command("deploy")
def deploy() -> None:
    """Deploy: it is here so that what people type counts as that."""
