"""Progress whose process is killed at a point of it, once: see tests.acceptance.test_progress.

The number of the pull request says at which.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

from django_github_app.context import AsyncEventContext, SyncEventContext
from django_github_app.context import progress as room
from django_github_app.github import progress as shown
from django_github_app.routing import GitHubRouter
from django_github_app.sql import progress as rows

gh = GitHubRouter()

FOLDER = Path(os.environ["CALLS_FILE"]).parent
POINTS = {1: "begin", 2: "_check", 3: "_comment", 4: "update", 5: "settle", 6: "show"}
_number: ContextVar[int] = ContextVar("_number", default=0)


def die(point: str, number: int | None = None) -> None:
    number = _number.get() if number is None else number
    if POINTS.get(number) == point:
        try:
            (FOLDER / f"killed-{number}").open("x").close()
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)


def dying_after(owner: Any, name: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)
    if asyncio.iscoroutinefunction(original):

        @wraps(original)
        async def then(*args: Any, **kwargs: Any) -> Any:
            number = args[1].data["number"]
            result = await original(*args, **kwargs)
            if name != "show" or "conclusion" in kwargs:
                die(name, number)
            return result
    else:

        @wraps(original)
        def then(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            die(name, _numbers.get(args[0]))
            return result

    setattr(owner, name, then)


_numbers: dict[str, int] = {}
dying_after(shown, "_check")
dying_after(shown, "_comment")
dying_after(room, "show")
dying_after(rows, "begin")
dying_after(rows, "settle")


@gh.event("pull_request.opened", timeout=600)
def review(context: SyncEventContext) -> None:
    progress = context.progress("review", comment=True)
    _numbers[progress._shown.key] = context.number or 0
    with progress:
        time.sleep(0.2)
        progress.update("half")
        die("update", context.number)


@gh.event("pull_request.reopened", timeout=600)
async def areview(context: AsyncEventContext) -> None:
    progress = context.progress("review", comment=True)
    _numbers[progress._shown.key] = context.number or 0
    async with progress:
        await asyncio.sleep(0.2)
        await progress.update("half")
        die("update", context.number)
