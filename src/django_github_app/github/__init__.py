"""GitHub's API: clients whose tokens, rate limits and cached reads are shared by all workers.

A web process asks for the cache and for nothing else here, so the clients, and with them gidgethub and cryptography,
are loaded by whoever names one first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_github_app.process.on_demand import names_on_demand

if TYPE_CHECKING:
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

__getattr__ = names_on_demand(
    __name__,
    client="AsyncGitHubAPI SyncGitHubAPI",
    current="current_delivery",
    jwts="app_jwt",
    urls="GitHubAPIEndpoint GitHubAPIUrl",
    writes="acheck_run acomment_once areact areply aset_status aunreact"
    " check_run comment_once react reply set_status unreact",
)
