"""Tells of a broken file where it was changed: one annotation of the commit, or a comment on it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import gidgethub
from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubUnreachable, RateLimited, RetryLater
from django_github_app.github import cache as shared
from django_github_app.github.writes import acheck_run, acomment_once

from .files import last_commit

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

    from .reading import Broken

__all__ = ["report"]

logger = logging.getLogger(__name__)

TOLD_FOR = 6 * 3600
"""Seconds after which it is looked at again whether a report stands: it is then found, and not made twice."""
_PASSING = (gidgethub.GitHubBroken, GitHubUnreachable, RetryLater, RateLimited)


async def report(api: AsyncGitHubAPI, broken: Broken) -> None:
    """Report a broken file on the commit that broke it, once however many events find it so. Raises nothing."""
    address, cache = broken.address, shared.backend()
    name = shared.key(api.base_url, "config-told", shared.digest(address.key, broken.file.sha))
    if not await shared.in_thread(cache.add, name, "told", TOLD_FOR):
        return
    fields = {"place": f"{address.repo} {address.path}:{broken.line}:{broken.column}", "error": str(broken)}
    try:
        sha = await last_commit(api, address)
        if sha is not None:
            await _write(api, broken, sha)
        logger.info("a repository's configuration is broken", extra=fields)
    except _PASSING as error:
        await shared.in_thread(cache.delete, name)  # the next event tells it
        logger.info("a broken configuration is told later", extra={**fields, "error": type(error).__name__})
    except gidgethub.GitHubException as error:
        logger.warning("a broken configuration was not told", extra={**fields, "error": type(error).__name__})


async def _write(api: AsyncGitHubAPI, broken: Broken, sha: str) -> None:
    try:
        await _annotate(api, broken, sha)
    except gidgethub.HTTPException as error:
        if error.status_code not in (403, 404, 422):
            raise
        # The app may not write checks.
        await _comment(api, broken, sha)


async def _annotate(api: AsyncGitHubAPI, broken: Broken, sha: str) -> None:
    address, title = broken.address, _title(broken)
    annotation: dict[str, Any] = {
        "path": address.path,
        "start_line": broken.line,
        "end_line": broken.line,
        "start_column": broken.column,
        "end_column": broken.column,
        "annotation_level": "failure",
        "title": title,
        "message": str(broken),
    }
    await acheck_run(
        api,
        _event(broken, "push"),
        f"{app_settings.SLUG or 'github-app'}: configuration",
        sha=sha,
        external_id=broken.file.sha,
        status="completed",
        conclusion="failure",
        output={"title": title, "summary": f"{broken}\n\n{_IN_FORCE}", "annotations": [annotation]},
    )


async def _comment(api: AsyncGitHubAPI, broken: Broken, sha: str) -> None:
    text = f"{_title(broken)}, line {broken.line}, column {broken.column}: {broken}\n\n{_IN_FORCE}"
    event = _event(broken, "commit_comment", comment={"commit_id": sha})
    await acomment_once(api, event, text, key=f"configuration {broken.address.path}")


_IN_FORCE = "Until it is mended, what it said before is in force."


def _title(broken: Broken) -> str:
    return f"{broken.address.path} cannot be used"


def _event(broken: Broken, name: str, **data: Any) -> sansio.Event:
    """Return an event that says where to write, in the shape that the helpers for writing take."""
    return sansio.Event(
        {"repository": {"full_name": broken.address.repo}, **data}, event=name, delivery_id=broken.file.sha
    )
