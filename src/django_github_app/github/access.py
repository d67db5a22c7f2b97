"""Whether a person may use a command: asked of GitHub, and believed for a short while."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import gidgethub

from django_github_app.commands import Level
from django_github_app.conf import app_settings

from . import cache as shared

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .client import AsyncGitHubAPI

__all__ = ["is_member", "level_of"]

logger = logging.getLogger(__name__)


async def level_of(api: AsyncGitHubAPI, repo: str, login: str) -> Level:
    """Return a person's access to a repository (cached)."""

    async def ask() -> int:
        try:
            answer = await api.getitem(f"/repos/{repo}/collaborators/{login}/permission")
        except gidgethub.HTTPException as error:
            if error.status_code == HTTPStatus.NOT_FOUND:  # no account, or one without any access
                return Level.NONE.value
            raise
        return Level.from_api(answer).value

    return Level(await _cached(api, ("level", repo, login), ask))


async def is_member(api: AsyncGitHubAPI, organisation: str, team: str, login: str) -> bool:
    """Say whether a person is an active member of a team (cached). Needs the permission *Members: read*."""

    async def ask() -> int:
        try:
            answer = await api.getitem(f"/orgs/{organisation}/teams/{team}/memberships/{login}")
        except gidgethub.HTTPException as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                return 0
            if error.status_code == HTTPStatus.FORBIDDEN:
                logger.error(
                    "the app may not read team members: grant it the permission Members (read)",
                    extra={"organisation": organisation, "team": team},
                )
                return 0
            raise
        return int(answer.get("state") == "active")

    return bool(await _cached(api, ("team", organisation, team, login), ask))


async def _cached(api: AsyncGitHubAPI, parts: tuple[str, ...], ask: Callable[[], Awaitable[int]]) -> int:
    key = shared.key(api.base_url, "command", shared.digest(*(part.casefold() for part in parts)))
    cache = shared.backend()
    found: Any = await shared.in_thread(cache.get, key)
    if found is None:
        found = await ask()
        await shared.in_thread(cache.set, key, found, app_settings.COMMAND_PERMISSION_SECONDS)
    return int(found)
