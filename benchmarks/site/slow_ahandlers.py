"""Handlers that ask GitHub's API something that takes 100 ms."""

from __future__ import annotations

from typing import Any

from benchmarks.corpus import WEIGHTS
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


async def handle(event: Any, gh: Any) -> None:
    await gh.getitem("/slow")


for name in WEIGHTS:
    gh.add(handle, name)
