"""Handlers that take long, in steps, beside quick ones: see tests.acceptance.test_long_handlers."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from django_github_app.context import AsyncEventContext, SyncEventContext
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()

STEPS = int(os.environ.get("STEPS", "10"))
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "0.5"))


def note(*what: Any) -> None:
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(" ".join(map(str, (*what, os.getpid(), time.time()))) + "\n")


@gh.event("push", ref="refs/heads/along", timeout=3600)
async def along(context: AsyncEventContext) -> None:
    for step in range(context.last_checkpoint or 0, STEPS):
        note("step", context.event_id, step)
        await asyncio.sleep(STEP_SECONDS)
        await context.checkpoint(step + 1)
        note("kept", context.event_id, step)
    note("done", context.event_id, STEPS)


@gh.event("push", ref="refs/heads/long", timeout=3600)
def long(context: SyncEventContext) -> None:
    for step in range(context.last_checkpoint or 0, STEPS):
        note("step", context.event_id, step)
        time.sleep(STEP_SECONDS)
        context.checkpoint(step + 1)
        note("kept", context.event_id, step)
    note("done", context.event_id, STEPS)


@gh.event("push", ref="refs/heads/once", timeout=3600)
def in_one_piece(context: SyncEventContext) -> None:
    """A step that lasts beyond any grace, and only the first time."""
    if context.last_checkpoint is None:
        context.checkpoint("begun")
        note("step", context.event_id, 0)
        time.sleep(60)
    note("done", context.event_id, 1)


@gh.event("issues")
async def quick(event: Any) -> None:
    note("quick", event.data["issue"]["number"], 0)
