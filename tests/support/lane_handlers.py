"""Handlers that write when they start and end, for both worker types, into a file that outlives every server.

A line is ``start|end <delivery> <process>``; short appends to one file do not mix.
"""

from __future__ import annotations

import asyncio
import os
import time

from gidgethub.sansio import Event

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
SECONDS = float(os.environ.get("LANE_HANDLER_SECONDS", "0.01"))


def note(what: str, event: Event) -> None:
    with open(os.environ["CALLS_FILE"], "a") as calls:
        calls.write(f"{what} {event.delivery_id} {os.getpid()}\n")


@gh.event("issue_comment")
async def on_comment(event: Event) -> None:
    note("start", event)
    await asyncio.sleep(SECONDS)
    note("end", event)


@gh.event("issues")
def on_issue(event: Event) -> None:
    note("start", event)
    time.sleep(SECONDS)
    note("end", event)
