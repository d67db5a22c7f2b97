"""Files of default branches, kept in the shared cache until a push changes them.

GitHub is asked once for a file, or for its absence, however many events want it; after `FRESH` seconds it is asked
whether that still holds, which costs nothing where it does (ETag).
"""

from __future__ import annotations

import base64
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import gidgethub

from django_github_app.errors import GitHubUnreachable, RetryLater
from django_github_app.github import cache as shared
from django_github_app.github.exclusive import exclusive

from .merging import Address

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

__all__ = ["FRESH", "File", "changed_files", "earlier_files", "file_at", "forget_pushed", "last_commit"]

logger = logging.getLogger(__name__)

FRESH = 3600.0
"""Seconds after which GitHub is asked again: a push may have been missed."""
KEPT = 7 * 86400
MAX_BYTES = 256 * 1024
"""A larger file is not decoded; it is refused as too long anyway."""


@dataclass(frozen=True, slots=True)
class File:
    """What a file says, and GitHub's id of exactly that."""

    text: str
    sha: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry of the cache. ``file`` is None for one that is not there."""

    file: File | None
    asked_at: float
    mark: str
    """Made up anew by each push that changes the file: what was asked for before it is not kept after it."""

    @classmethod
    def load(cls, name: str) -> _Kept | None:
        """Return the entry of a key."""
        return cls.of(shared.backend().get(name))

    @classmethod
    def of(cls, value: Any) -> _Kept | None:
        """Read what `as_value` made: no class of ours, which the next version may not have."""
        if value is None:
            return None
        text, sha, asked_at, mark = value
        return cls(None if text is None else File(text, sha), asked_at, mark)

    def as_value(self) -> tuple[str | None, str | None, float, str]:
        text, sha = (self.file.text, self.file.sha) if self.file is not None else (None, None)
        return text, sha, self.asked_at, self.mark

    @property
    def is_fresh(self) -> bool:
        # Another host may have asked, whose clock is ahead.
        return abs(time.time() - self.asked_at) < FRESH


def _key(base_url: str, installation: int | None, address: Address) -> str:
    # By installation: another one may not read this repository.
    return shared.key(base_url, "config", installation, shared.digest(address.key))


async def file_at(api: AsyncGitHubAPI, address: Address) -> File | None:
    """Return a file of a repository's default branch, None when there is none.

    Raises what calls to GitHub raise, unless an older version of the file is known.
    """
    name = _key(api.base_url, api.installation_id, address)
    kept = await shared.in_thread(_Kept.load, name)
    if kept is not None and kept.is_fresh:
        return kept.file
    async with exclusive(api.base_url, "config", name):
        kept = await shared.in_thread(_Kept.load, name)
        if kept is not None and kept.is_fresh:
            return kept.file
        try:
            found = await _ask(api, address)
        except (gidgethub.GitHubBroken, gidgethub.RateLimitExceeded, GitHubUnreachable, RetryLater):
            if kept is None or kept.file is None:
                raise
            logger.warning(
                "an older configuration is used: GitHub cannot be asked", extra={"place": address.key}
            )
            return kept.file
        await shared.in_thread(_keep, name, found, kept)
        return found


def _keep(name: str, found: File | None, before: _Kept | None) -> None:
    now = _Kept.load(name)
    if (now.mark if now else None) != (before.mark if before else None):
        return  # a push has changed it meanwhile: the next one asks
    kept = _Kept(found, time.time(), before.mark if before else "")
    shared.backend().set(name, kept.as_value(), KEPT)


async def _ask(api: AsyncGitHubAPI, address: Address, ref: str | None = None) -> File | None:
    """Ask GitHub for a file as it is, or as it was at a commit. Directories and large files are not there."""
    try:
        answer: Any = await api.getitem(
            f"/repos/{address.repo}/contents/{{+path}}{{?ref}}", {"path": address.path, "ref": ref}
        )
    except gidgethub.HTTPException as error:
        if error.status_code == HTTPStatus.NOT_FOUND:
            return None
        raise
    if not isinstance(answer, dict) or answer.get("type") != "file":
        return None
    if answer.get("encoding") != "base64" or int(answer.get("size") or 0) > MAX_BYTES:
        return File(" " * MAX_BYTES, str(answer.get("sha")))  # refused by whoever reads it
    text = base64.b64decode(answer["content"]).decode("utf-8-sig", errors="replace")
    return File(text, str(answer["sha"]))


async def earlier_files(api: AsyncGitHubAPI, address: Address, most: int) -> list[tuple[str, File | None]]:
    """Return the file as it was after each of the last commits that changed it, newest first, with their ids."""
    commits = await api.getitem(
        f"/repos/{address.repo}/commits{{?path,per_page}}", {"path": address.path, "per_page": str(most)}
    )
    return [(commit["sha"], await _ask(api, address, commit["sha"])) for commit in commits[:most]]


async def last_commit(api: AsyncGitHubAPI, address: Address) -> str | None:
    """Return the id of the commit that changed a file last."""
    commits = await api.getitem(
        f"/repos/{address.repo}/commits{{?path,per_page}}", {"path": address.path, "per_page": "1"}
    )
    return str(commits[0]["sha"]) if commits else None


def changed_files(data: Mapping[str, Any]) -> set[str]:
    """Return the files that may be configuration and that a push to a default branch changed. Pure."""
    repository, commits = data.get("repository"), data.get("commits")
    if not isinstance(repository, dict) or not isinstance(commits, list):
        return set()
    if data.get("ref") != f"refs/heads/{repository.get('default_branch')}":
        return set()
    return {
        path
        for commit in commits
        if isinstance(commit, dict)
        for kind in ("added", "modified", "removed")
        for path in commit.get(kind) or ()
        if isinstance(path, str) and path.endswith((".yml", ".yaml", ".json"))
    }


def forget_pushed(base_url: str, installation: int | None, data: Mapping[str, Any]) -> int:
    """Have the files that a push changed asked for again; return how many of them were kept."""
    changed = changed_files(data)
    if not changed:
        return 0
    cache, mark = shared.backend(), secrets.token_hex(8)
    names = [
        _key(base_url, installation, Address(str(data["repository"].get("full_name")), path))
        for path in changed
    ]
    kept = {name: one for name, value in cache.get_many(names).items() if (one := _Kept.of(value))}
    # An older version that is known stays: better than none while GitHub is away. What is being asked for at this
    # moment finds another mark than it saw, and is not kept.
    cache.set_many(
        {name: _Kept(kept[name].file if name in kept else None, 0.0, mark).as_value() for name in names},
        FRESH,
    )
    return len(kept)
