"""Handlers that do nothing, for every event of the corpus."""

from __future__ import annotations

from typing import Any

from benchmarks.corpus import WEIGHTS
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


async def handle(event: Any, gh: Any) -> None:
    """Look at the payload, as the least that a handler does."""
    assert event.data["sender"]["id"]


for name in WEIGHTS:
    gh.add(handle, name)
