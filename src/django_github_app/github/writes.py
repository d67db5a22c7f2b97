"""Writing to GitHub so that doing it twice does it once.

A callback may run again: it failed after it had replied, or its worker was killed. A comment therefore
carries a hidden marker; a second run finds it, and edits the comment if its text is another one now. Several
workers that want to write the same do so one after the other (`exclusive`). Each function exists as
``areply(…)`` for asynchronous callbacks and as ``reply(…)`` for synchronous ones.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import gidgethub
from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubUnreachable

from . import graphql
from .client import AsyncGitHubAPI, SyncGitHubAPI
from .current import current_call, current_delivery, run_for_callback
from .exclusive import exclusive
from .threads import (
    EMOJI,
    DiscussionThread,
    RestThread,
    happened_after,
    head_of,
    reactions_of,
    repo_of,
    thread_of,
    written_at,
)

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Event = sansio.Event
Reaction = Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]
StatusState = Literal["error", "failure", "pending", "success"]

MAX_PAGES = 30
"""Pages of 100 comments that are searched for an earlier one."""


def sync_twin(
    function: Callable[Concatenate[AsyncGitHubAPI, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[AsyncGitHubAPI, P], R]:
    """Return a function that runs the coroutine function to its end, with either client."""

    @wraps(function)
    def sync_function(gh: AsyncGitHubAPI, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return run_for_callback(function(gh, *args, **kwargs))

    return sync_function


def _client(gh: AsyncGitHubAPI) -> AsyncGitHubAPI:
    return gh.asynchronous if isinstance(gh, SyncGitHubAPI) else gh


# Comments


async def areply(gh: AsyncGitHubAPI, event: Event, body: str, *, key: str | None = None) -> dict[str, Any]:
    """Reply to what an event brought, once per event and callback; return the comment.

    Goes to the issue, pull request, review thread, commit or discussion. The n-th reply of a callback is
    recognised as such when the callback runs again; a callback that replies in another order each time gives
    each a ``key``. Raises ValueError for an event without a conversation.
    """
    delivery = current_delivery.get() or event.delivery_id or ""
    call = current_call.get()
    if key is None and call is not None:
        call.replies += 1
        key = str(call.replies)
    # Outside of a worker nothing tells two replies apart but their texts.
    part = key if key is not None else hashlib.sha256(body.encode()).hexdigest()
    where = f"{call.handler} {call.position}" if call is not None else ""
    marker = marker_of("reply", delivery, where, part)
    return await _write_once(_client(gh), thread_of(event), body, marker, event)


async def acomment_once(gh: AsyncGitHubAPI, event: Event | str, body: str, *, key: str) -> dict[str, Any]:
    """Keep one comment per conversation and ``key``, whatever the event: made once, edited from then on.

    ``event`` may be the API address of an issue or pull request. Returns the comment.
    """
    return await _write_once(_client(gh), thread_of(event), body, marker_of("once", key), None)


def marker_of(*parts: str) -> str:
    """Return the hidden line by which a comment is found again."""
    name = hashlib.sha256("\n".join((app_settings.SLUG, *parts)).encode()).hexdigest()[:20]
    return f"<!-- {app_settings.SLUG or 'github-app'}:{name} -->"


def _bears(body: str, marker: str) -> bool:
    """Return whether a comment was made with a marker: its last line, not one that it quotes from somebody."""
    return body.rstrip().endswith(f"\n{marker}")


@dataclass(frozen=True, slots=True)
class _Found:
    id: Any
    body: str
    data: dict[str, Any]
    number: int
    """Grows with time."""


async def _write_once(
    gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, body: str, marker: str, event: Event | None
) -> dict[str, Any]:
    """Post a text, or edit the comment that has its marker; return the comment.

    One worker at a time does so. Whoever posts looks once more: of twins, which a lost lock or lease may have
    made, the eldest is kept.
    """
    text = f"{body}\n\n{marker}"
    where = thread.post_url if isinstance(thread, RestThread) else thread.discussion
    async with exclusive(gh.base_url, "comment", where, marker):
        since = happened_after(event) if event is not None else None
        async for earlier in _own_comments(gh, thread, since):
            if _bears(earlier.body, marker):
                return await _edited(gh, thread, earlier, text)
        made = await _post(gh, thread, text)
        eldest, *twins = await _twins(gh, thread, made, marker) or [made]
        for twin in twins:
            await _remove(gh, thread, twin)
        return made.data if eldest.id == made.id else await _edited(gh, thread, eldest, text)


async def _twins(
    gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, made: _Found, marker: str
) -> list[_Found]:
    """Return the comments with a marker that are about as old as ``made``, itself among them, eldest first."""
    found = {made.id: made}
    async for one in _own_comments(gh, thread, written_at(made.data)):
        if _bears(one.body, marker):
            found[one.id] = one
    return sorted(found.values(), key=lambda one: one.number)


def _own_comments(
    gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, since: dt.datetime | None
) -> AsyncIterator[_Found]:
    if isinstance(thread, RestThread):
        return _rest_comments(gh, thread.listing(since))
    return _discussion_comments(gh, thread.discussion)


async def _post(gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, text: str) -> _Found:
    if isinstance(thread, RestThread):
        return _found(await gh.post(thread.post_url, data={"body": text}))
    return _found(await _answer_discussion(gh, thread, text))


async def _edited(
    gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, earlier: _Found, text: str
) -> dict[str, Any]:
    if earlier.body.strip() == text.strip():
        return earlier.data
    if isinstance(thread, RestThread):
        edited: dict[str, Any] = await gh.patch(thread.edit_url.format(id=earlier.id), data={"body": text})
        return edited
    given = {"commentId": earlier.id, "body": text}
    data = await gh.graphql(graphql.UPDATE_COMMENT, input=given)
    changed: dict[str, Any] = data["updateDiscussionComment"]["comment"]
    return changed


async def _remove(gh: AsyncGitHubAPI, thread: RestThread | DiscussionThread, twin: _Found) -> None:
    try:
        if isinstance(thread, RestThread):
            await gh.delete(thread.edit_url.format(id=twin.id))
        else:
            await gh.graphql(graphql.DELETE_COMMENT, input={"id": twin.id})
    except (gidgethub.GitHubException, GitHubUnreachable) as error:
        # Whoever made it may have removed it too; and what the callback wanted to say, it has said.
        logger.warning("a comment stands there twice", extra={"error": f"{type(error).__name__}: {error}"})


def _found(data: dict[str, Any]) -> _Found:
    """Return a comment of either API: REST has numbers for ids, GraphQL has them beside."""
    number = data.get("databaseId", data["id"])
    return _Found(data["id"], data.get("body") or "", data, number if isinstance(number, int) else 0)


async def _rest_comments(gh: AsyncGitHubAPI, url: str) -> AsyncIterator[_Found]:
    """Yield the app's own comments: anybody could copy a marker."""
    login, seen = f"{app_settings.SLUG}[bot]".lower(), 0
    async for comment in gh.getiter(url):
        seen += 1
        if seen > MAX_PAGES * 100:
            return
        author = comment.get("user") or {}
        if author.get("type") == "Bot" and str(author.get("login")).lower() == login:
            yield _found(comment)


async def _discussion_comments(gh: AsyncGitHubAPI, discussion: str) -> AsyncIterator[_Found]:
    after: str | None = None
    for _ in range(MAX_PAGES):
        data = await gh.graphql(graphql.DISCUSSION_COMMENTS, id=discussion, after=after)
        page = data["node"]["comments"]
        for comment in page["nodes"]:
            for one in (comment, *comment["replies"]["nodes"]):
                if one["viewerDidAuthor"]:
                    yield _found(one)
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def _answer_discussion(gh: AsyncGitHubAPI, thread: DiscussionThread, text: str) -> dict[str, Any]:
    parent = thread.comment
    if thread.is_answer and parent is not None:  # GitHub nests no deeper, and the payload has no node id
        node = (await gh.graphql(graphql.ANSWERED_COMMENT, id=parent))["node"]
        parent = (node.get("replyTo") or {}).get("id")
    given = {"discussionId": thread.discussion, "body": text}
    if parent is not None:
        given["replyToId"] = parent
    data = await gh.graphql(graphql.ADD_COMMENT, input=given)
    comment: dict[str, Any] = data["addDiscussionComment"]["comment"]
    return comment


# Reactions


async def areact(gh: AsyncGitHubAPI, event: Event, content: Reaction) -> None:
    """React to the comment, issue, pull request or discussion that an event brought.

    GitHub keeps one reaction of a kind per account. Raises ValueError for an event that brought none of these.
    """
    place = reactions_of(event)
    gh = _client(gh)
    if place.startswith("/"):
        await gh.post(place, data={"content": content})
    else:
        await gh.graphql(graphql.ADD_REACTION, input={"subjectId": place, "content": EMOJI[content]})


async def aunreact(gh: AsyncGitHubAPI, event: Event, content: Reaction) -> None:
    """Take the app's own reaction back; nothing happens when there is none."""
    place = reactions_of(event)
    gh = _client(gh)
    if not place.startswith("/"):
        await gh.graphql(graphql.REMOVE_REACTION, input={"subjectId": place, "content": EMOJI[content]})
        return
    login = f"{app_settings.SLUG}[bot]".lower()
    async for reaction in gh.getiter(place, {}, accept=sansio.accept_format()):
        mine = str((reaction.get("user") or {}).get("login")).lower() == login
        if mine and reaction["content"] == content:
            await gh.delete(f"{place}/{reaction['id']}")


# Statuses and checks


async def aset_status(
    gh: AsyncGitHubAPI,
    event: Event,
    state: StatusState,
    *,
    context: str | None = None,
    description: str = "",
    target_url: str = "",
    sha: str | None = None,
) -> dict[str, Any]:
    """Set a commit status, unless it is what GitHub shows already; return it.

    ``context`` defaults to the app's slug, ``sha`` to the commit that the event is about.
    """
    gh, context = _client(gh), context or app_settings.SLUG
    repo, sha = repo_of(event.data), sha or head_of(event.data)
    wanted = {"state": state, "context": context, "description": description, "target_url": target_url}
    async with exclusive(gh.base_url, "status", repo, sha, context):
        seen = 0
        # Newest first; a commit may have a thousand of them (GitHub's limit is per context).
        async for status in gh.getiter(f"/repos/{repo}/commits/{sha}/statuses?per_page=100"):
            seen += 1
            if status["context"] == context:
                if all((status.get(name) or "") == value for name, value in wanted.items()):
                    shown: dict[str, Any] = status
                    return shown
                break
            if seen >= 1000:
                break
        made: dict[str, Any] = await gh.post(f"/repos/{repo}/statuses/{sha}", data=wanted)
        return made


async def acheck_run(
    gh: AsyncGitHubAPI,
    event: Event,
    name: str,
    /,
    *,
    sha: str | None = None,
    external_id: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Create a check run, or update the one that an earlier call for the same event made; return it.

    ``fields`` are GitHub's: ``status``, ``conclusion``, ``output`` … ``external_id`` tells runs of the same
    name apart and defaults to the event's delivery.
    """
    gh, repo = _client(gh), repo_of(event.data)
    sha = sha or head_of(event.data)
    external_id = external_id or current_delivery.get() or event.delivery_id or ""
    async with exclusive(gh.base_url, "check run", repo, sha, name, external_id):
        updated = [
            await gh.patch(f"/repos/{repo}/check-runs/{one}", data=fields)
            for one in await _check_runs(gh, repo, sha, name, external_id)
        ]
        if updated:
            first: dict[str, Any] = updated[0]
            return first
        data = {"name": name, "head_sha": sha, "external_id": external_id, **fields}
        made: dict[str, Any] = await gh.post(f"/repos/{repo}/check-runs", data=data)
        # GitHub deletes no check run. A twin is kept level, so that none is left unfinished.
        for one in await _check_runs(gh, repo, sha, name, external_id):
            if one != made["id"]:
                await gh.patch(f"/repos/{repo}/check-runs/{one}", data=fields)
        return made


async def _check_runs(gh: AsyncGitHubAPI, repo: str, sha: str, name: str, external_id: str) -> list[int]:
    """Return the ids of the app's check runs of that name and external id, the eldest first."""
    url = f"/repos/{repo}/commits/{sha}/check-runs{{?check_name,filter,per_page}}"
    variables = {"check_name": name, "filter": "all", "per_page": "100"}
    runs = gh.getiter(url, variables, iterable_key="check_runs")
    return sorted(
        [run["id"] async for run in runs if run.get("external_id") == external_id and run["name"] == name]
    )


reply = sync_twin(areply)
comment_once = sync_twin(acomment_once)
react = sync_twin(areact)
unreact = sync_twin(aunreact)
set_status = sync_twin(aset_status)
check_run = sync_twin(acheck_run)
