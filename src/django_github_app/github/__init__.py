"""GitHub's API: clients whose tokens, rate limits and cached reads are shared by all workers."""

from __future__ import annotations

from .client import AsyncGitHubAPI, SyncGitHubAPI
from .current import current_delivery
from .jwts import app_jwt
from .urls import GitHubAPIEndpoint, GitHubAPIUrl
from .writes import (
    acheck_run,
    acomment_once,
    areact,
    areply,
    aset_status,
    aunreact,
    check_run,
    comment_once,
    react,
    reply,
    set_status,
    unreact,
)

__all__ = [
    "AsyncGitHubAPI",
    "GitHubAPIEndpoint",
    "GitHubAPIUrl",
    "SyncGitHubAPI",
    "acheck_run",
    "acomment_once",
    "app_jwt",
    "areact",
    "areply",
    "aset_status",
    "aunreact",
    "check_run",
    "comment_once",
    "current_delivery",
    "react",
    "reply",
    "set_status",
    "unreact",
]
