"""The commit that somebody saw when they typed: pinned, and refused when something was pushed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import gidgethub

from django_github_app.comments.places import PLACES, written_in
from django_github_app.errors import UserError

if TYPE_CHECKING:
    from gidgethub import sansio

    from django_github_app.github import AsyncGitHubAPI

__all__ = ["PUSHED_SINCE", "pinned_head"]

PUSHED_SINCE = "Something was pushed to this pull request since you wrote that. Look at it, then ask again."


async def pinned_head(api: AsyncGitHubAPI, event: sansio.Event, repo: str, number: int) -> str:
    """Return the head of a pull request, which was its head already when the event's text was written.

    Raises UserError when something was pushed since, or when nobody can tell that nothing was.
    """
    pull = await api.getitem("/repos/{+repo}/pulls/{number}", {"repo": repo, "number": str(number)})
    head: str = pull["head"]["sha"]
    shown = event.data.get("pull_request")
    if isinstance(shown, Mapping) and isinstance(shown.get("head"), Mapping):
        # The event says itself what the head was.
        if shown["head"].get("sha") != head:
            raise UserError(PUSHED_SINCE)
        return head
    written = written_in(PLACES.get(event.event), event.data)
    at = _moment(written.get("updated_at") or written.get("created_at"))
    # In the same second nobody can tell which was first.
    if at is None or (pushed := await _pushed_at(api, pull)) is None or pushed >= at:
        raise UserError(PUSHED_SINCE)
    return head


async def _pushed_at(api: AsyncGitHubAPI, pull: Mapping[str, Any]) -> dt.datetime | None:
    """Return when the branch was pushed to last, or its repository; by GitHub's clock, not that of the commits."""
    head = pull["head"]
    fork = head.get("repo")
    if not isinstance(fork, Mapping):  # it was deleted: nobody pushes to it any more
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    where = {"repo": fork["full_name"], "ref": f"refs/heads/{head['ref']}", "per_page": "1"}
    try:
        pushes = await api.getitem("/repos/{+repo}/activity{?ref,per_page}", where)
    except gidgethub.HTTPException as error:
        if error.status_code not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        pushes = []
    if pushes:
        return _moment(pushes[0].get("timestamp"))
    # A push to another of its branches counts as well: refused once too often rather than once too seldom.
    return _moment(fork.get("pushed_at"))


def _moment(value: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
