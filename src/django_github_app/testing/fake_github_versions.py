"""Versions of the API: what ``X-GitHub-Api-Version`` asks for, and what an answer no longer has in a newer one."""

from __future__ import annotations

import re
from typing import Any, Final

from .fake_github_server import ApiError, RecordedRequest, Reply

OLDEST: Final = "2022-11-28"
"""What who names none gets."""
VERSIONS: Final = (OLDEST, "2026-03-10")
_GONE: Final = frozenset(
    {
        "has_downloads",
        "use_squash_pr_title_as_default",
        "master_branch",
        "merge_commit_sha",
        "authorizations_url",
    }
)


def asked(request: RecordedRequest) -> str:
    """Return the version that a request asks for; raises 400 for one that GitHub does not have."""
    version = request.headers.get("x-github-api-version", OLDEST)
    if version not in VERSIONS:
        raise ApiError(400, f"{version} is not a supported version. Supported: {', '.join(VERSIONS)}")
    return version


def as_of(version: str, request: RecordedRequest, reply: Reply) -> Reply:
    """Return an answer as that version has it."""
    reply.headers.setdefault("X-GitHub-Api-Version-Selected", version)
    if version == OLDEST:
        return reply
    uninstalled = request.method == "DELETE" and re.fullmatch(r"/app/installations/\d+", request.path)
    return Reply(202 if uninstalled else reply.status, _reduced(reply.data), reply.headers)


def _reduced(data: Any) -> Any:
    if isinstance(data, list):
        return [_reduced(one) for one in data]
    if not isinstance(data, dict):
        return data
    # The one assignee of an issue is gone where there is the list of them; an event of being assigned keeps it.
    gone = _GONE | {"assignee"} if "assignees" in data else _GONE
    if "patch_url" in data and "number" not in data and data.get("merged_at") is None:
        gone |= {"merged_at"}  # of an issue that is a pull request
    return {name: _reduced(value) for name, value in data.items() if name not in gone}
