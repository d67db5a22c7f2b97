"""GitHub's API: clients whose tokens, rate limits and cached reads are shared by all workers."""

from __future__ import annotations

from .client import AsyncGitHubAPI, SyncGitHubAPI, current_delivery
from .jwts import app_jwt
from .urls import GitHubAPIEndpoint, GitHubAPIUrl

__all__ = [
    "AsyncGitHubAPI",
    "GitHubAPIEndpoint",
    "GitHubAPIUrl",
    "SyncGitHubAPI",
    "app_jwt",
    "current_delivery",
]
