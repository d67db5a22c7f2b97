"""A project's handlers before its deploy and, with ``PROJECT=after``, after it: one is renamed, one is gone.

A folder of its own, because both versions of the package import it. The lines are those of `tests.chaos.handlers`.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
AFTER = os.environ.get("PROJECT") == "after"
FOLDER = Path(os.environ["CHAOS_FOLDER"])


def note(what: str, handler: str, event: Any) -> None:
    with (FOLDER / "calls").open("a") as calls:
        calls.write(f"{what} {handler} {event.delivery_id} {os.getpid()} {time.monotonic():.6f}\n")


@gh.event("issue_comment", action="created")
async def on_comment(event: Any, **kwargs: Any) -> None:
    note("start", "on_comment", event)
    await asyncio.sleep(0.02)
    note("end", "on_comment", event)


def on_issue(event: Any, **kwargs: Any) -> None:
    note("start", "on_issue", event)
    time.sleep(0.02)
    note("end", "on_issue", event)


def on_new_issue(event: Any, **kwargs: Any) -> None:
    on_issue(event)


gh.event("issues", action="opened")(on_new_issue if AFTER else on_issue)


@gh.event("push")
async def on_push(event: Any, **kwargs: Any) -> None:
    note("start", "on_push", event)
    note("end", "on_push", event)


@gh.event("push")
def on_push_again(event: Any, **kwargs: Any) -> None:
    """Fail the first time."""
    note("start", "on_push_again", event)
    marker = FOLDER / "failed" / str(event.delivery_id)
    if not marker.exists():
        marker.touch()
        raise RuntimeError("the first time it fails")
    note("end", "on_push_again", event)


async def on_star(event: Any, **kwargs: Any) -> None:
    note("start", "on_star", event)
    note("end", "on_star", event)


if not AFTER:
    gh.event("star", action="created")(on_star)
