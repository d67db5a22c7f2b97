"""A review of pull requests that takes its time, and stops for a newer push: see tests.acceptance.test_flow."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
KEY = "{repository.id}:{number}"


def note(what: str, event: Any) -> None:
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(f"{what} {event.data['after']} {time.time()}\n")


def seconds() -> float:
    return float(os.environ["REVIEW_SECONDS"])


if os.environ.get("REVIEW_IS") == "sync":

    @gh.event("pull_request", key=KEY, on_newer="cancel")
    def review_synchronously(event: Any, context: Any) -> None:
        note("start", event)
        deadline = time.monotonic() + seconds()
        try:
            while time.monotonic() < deadline:
                context.raise_if_cancelled()
                time.sleep(0.05)
        except asyncio.CancelledError:
            note("cancelled", event)
            raise
        note("end", event)

else:

    @gh.event("pull_request", key=KEY, on_newer="cancel")
    async def review(event: Any) -> None:
        note("start", event)
        try:
            await asyncio.sleep(seconds())
        except asyncio.CancelledError:
            note("cancelled", event)
            raise
        note("end", event)
