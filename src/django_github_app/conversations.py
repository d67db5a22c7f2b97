"""Answers on GitHub: reactions to what a person wrote, and replies to it, wherever that was."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .commands import Source
    from .github import AsyncGitHubAPI

__all__ = ["REACTIONS", "Place", "react", "reply"]

REACTIONS: Final = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "confused": "CONFUSED",
    "heart": "HEART",
    "hooray": "HOORAY",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
"""Reactions as REST names them, and as GraphQL does."""

_ADD_REACTION = """
mutation($subjectId: ID!, $content: ReactionContent!) {
  addReaction(input: {subjectId: $subjectId, content: $content}) { reaction { content } }
}"""
_ADD_COMMENT = """
mutation($discussionId: ID!, $replyToId: ID, $body: String!) {
  addDiscussionComment(input: {discussionId: $discussionId, replyToId: $replyToId, body: $body}) {
    comment { id url }
  }
}"""
_THREAD = "query($id: ID!) { node(id: $id) { ... on DiscussionComment { id replyTo { id } } } }"
_COMMENTS = """
query($id: ID!, $after: String) {
  node(id: $id) { ... on Discussion { comments(first: 100, after: $after) {
    nodes { body replies(first: 100) { nodes { body } } } pageInfo { hasNextPage endCursor } } } }
}"""
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text was written, as far as an answer needs it. Kept with a command, so plain values only."""

    event: str
    repo: str
    sender: str
    number: int | None
    comment_id: int | None
    thread_id: int | None
    node_id: str
    parent_node_id: str | None
    nested: bool
    commit: str | None

    @classmethod
    def of(cls, source: Source) -> Place:
        return cls(**{name: getattr(source, name) for name in cls.__slots__})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Place:
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def react(api: AsyncGitHubAPI, place: Place, content: str) -> None:
    """React to what was written; a reaction that is there already stays one. Raises ValueError for another word."""
    if content not in REACTIONS:
        raise ValueError(f"{content!r} is no reaction; GitHub has {', '.join(REACTIONS)}")
    url = {
        "issue_comment": f"/repos/{place.repo}/issues/comments/{place.comment_id}/reactions",
        "pull_request_review_comment": f"/repos/{place.repo}/pulls/comments/{place.comment_id}/reactions",
        "commit_comment": f"/repos/{place.repo}/comments/{place.comment_id}/reactions",
        "issues": f"/repos/{place.repo}/issues/{place.number}/reactions",
        "pull_request": f"/repos/{place.repo}/issues/{place.number}/reactions",
    }.get(place.event)
    if url is not None:
        await api.post(url, data={"content": content})
    else:  # reviews and discussions have reactions in GraphQL only
        await api.graphql(_ADD_REACTION, subjectId=place.node_id, content=REACTIONS[content])


async def reply(
    api: AsyncGitHubAPI, place: Place, body: str, *, marker: str = "", since: dt.datetime | None = None
) -> None:
    """Answer below what was written: in its thread, where it has one.

    ``marker`` is hidden in the answer. With ``since`` nothing is posted when an answer with that marker is
    there already, posted after that time by an attempt that was cut short.
    """
    hidden = f"<!-- {marker} -->"
    if marker:
        if since is not None and await _is_said(api, place, hidden, since):
            return
        body = f"{body}\n\n{hidden}"
    match place.event:
        case "pull_request_review_comment":
            url = f"/repos/{place.repo}/pulls/{place.number}/comments/{place.thread_id}/replies"
        case "commit_comment":
            url = f"/repos/{place.repo}/commits/{place.commit}/comments"
        case "discussion" | "discussion_comment":
            await api.graphql(
                _ADD_COMMENT,
                discussionId=place.parent_node_id,
                replyToId=await _thread(api, place),
                body=body,
            )
            return
        case _:
            url = f"/repos/{place.repo}/issues/{place.number}/comments"
    await api.post(url, data={"body": body})


async def _thread(api: AsyncGitHubAPI, place: Place) -> str | None:
    """Return the comment under which an answer in a discussion goes; answers to answers do not exist."""
    if place.event == "discussion":
        return None
    if not place.nested:
        return place.node_id
    found = await api.graphql(_THREAD, id=place.node_id)
    parent = ((found or {}).get("node") or {}).get("replyTo") or {}
    thread: str | None = parent.get("id")
    return thread


async def _is_said(api: AsyncGitHubAPI, place: Place, hidden: str, since: dt.datetime) -> bool:
    async for body in _bodies(api, place, since):
        if hidden in body:
            return True
    return False


async def _bodies(api: AsyncGitHubAPI, place: Place, since: dt.datetime) -> AsyncIterator[str]:
    if place.event in ("discussion", "discussion_comment"):
        after = None
        for _ in range(_MOST_PAGES):
            found = await api.graphql(_COMMENTS, id=place.parent_node_id, after=after)
            page = (((found or {}).get("node") or {}).get("comments")) or {}
            for node in page.get("nodes") or []:
                yield node["body"]
                for answer in (node.get("replies") or {}).get("nodes") or []:
                    yield answer["body"]
            info = page.get("pageInfo") or {}
            if not info.get("hasNextPage"):
                return
            after = info["endCursor"]
        return
    # GitHub's clock and ours may differ.
    after_time = (since - dt.timedelta(minutes=5)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"?since={after_time}&per_page=100"
    match place.event:
        case "pull_request_review_comment":
            url = f"/repos/{place.repo}/pulls/{place.number}/comments{query}"
        case "commit_comment":
            url = f"/repos/{place.repo}/commits/{place.commit}/comments?per_page=100"
        case _:
            url = f"/repos/{place.repo}/issues/{place.number}/comments{query}"
    count = 0
    async for comment in api.getiter(url):
        yield comment.get("body") or ""
        count += 1
        if count >= _MOST_PAGES * 100:
            return
