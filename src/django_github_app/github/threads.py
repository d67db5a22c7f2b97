"""Where an event's conversation is, and what a reaction to it goes to. Pure: payloads in, addresses out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gidgethub import sansio

from django_github_app.comments.places import PLACES

EMOJI = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    **{name: name.upper() for name in ("laugh", "confused", "heart", "hooray", "rocket", "eyes")},
}
"""REST's names of the reactions, and GraphQL's."""


@dataclass(frozen=True, slots=True)
class RestThread:
    """Comments on an issue, a pull request, a diff or a commit."""

    list_url: str
    post_url: str
    edit_url: str
    """Of one comment: ``…/{id}``."""

    def listing(self, since: dt.datetime | None) -> str:
        """Return the address of the comments that were written or changed since a moment."""
        query = {"per_page": "100", **({"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")} if since else {})}
        return f"{self.list_url}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class DiscussionThread:
    """Comments on a discussion, which GitHub has in GraphQL only."""

    discussion: str
    """Node id."""
    comment: str | None = None
    """Node id of the comment to answer."""
    is_answer: bool = False
    """That comment is itself an answer: the new one goes beside it, under the same comment."""


def thread_of(event: sansio.Event | str) -> RestThread | DiscussionThread:
    """Return where a reply to an event goes; of a string, the issue or pull request with that API address.

    Raises ValueError for an event without a conversation.
    """
    if isinstance(event, str):
        base, _, number = event.rstrip("/").rpartition("/")
        repo = base.removesuffix("/issues").removesuffix("/pulls")
        return _issue_thread(repo, number)
    data: Mapping[str, Any] = event.data
    comment = data.get("comment") or {}
    if "discussion" in data:
        answered = comment.get("node_id")
        return DiscussionThread(data["discussion"]["node_id"], answered, comment.get("parent_id") is not None)
    repo = _repo_url(data)
    place = PLACES.get(event.event)
    if place is not None and place.thread == "diff":
        pull = f"{repo}/pulls/{data['pull_request']['number']}/comments"
        first = comment.get("in_reply_to_id") or comment["id"]  # a reply cannot be replied to
        return RestThread(pull, f"{pull}/{first}/replies", f"{repo}/pulls/comments/{{id}}")
    if place is not None and place.thread == "commit":
        commit = f"{repo}/commits/{comment['commit_id']}/comments"
        return RestThread(commit, commit, f"{repo}/comments/{{id}}")
    subject = data.get("issue") or data.get("pull_request")
    if subject is None:
        raise ValueError(f"a {event.event} event has no conversation to reply to")
    return _issue_thread(repo, subject["number"])


def _issue_thread(repo: str, number: Any) -> RestThread:
    comments = f"{repo}/issues/{number}/comments"
    return RestThread(comments, comments, f"{repo}/issues/comments/{{id}}")


def reactions_of(event: sansio.Event) -> str:
    """Return the address of the reactions to what an event brought, or the node id of a discussion's part.

    Raises ValueError for an event that brought nothing to react to.
    """
    data: Mapping[str, Any] = event.data
    comment = data.get("comment")
    if "discussion" in data:
        return str((comment or data["discussion"])["node_id"])
    place = PLACES.get(event.event)
    if place is not None and place.reactions is None:
        return str(data[place.written]["node_id"])
    repo = _repo_url(data)
    if comment is not None:
        path = place.reactions if place is not None and place.is_comment else None
        return repo + (path or PLACES["issue_comment"].reactions or "").format(id=comment["id"])
    subject = data.get("issue") or data.get("pull_request")
    if subject is None:
        raise ValueError(f"a {event.event} event brings nothing to react to")
    return repo + (PLACES["issues"].reactions or "").format(number=subject["number"])


def _repo_url(data: Mapping[str, Any]) -> str:
    return f"/repos/{repo_of(data)}"


def repo_of(data: Mapping[str, Any]) -> str:
    """Return ``owner/name``. Raises ValueError for an event without a repository."""
    repository = data.get("repository")
    if not repository:
        raise ValueError("the event names no repository")
    return str(repository["full_name"])


def head_of(data: Mapping[str, Any]) -> str:
    """Return the commit that an event is about. Raises ValueError when it is about none."""
    for name in ("check_run", "check_suite", "workflow_run", "workflow_job"):
        if name in data:
            return str(data[name]["head_sha"])
    if "pull_request" in data:
        return str(data["pull_request"]["head"]["sha"])
    sha = (data.get("comment") or {}).get("commit_id") or data.get("sha") or data.get("after")
    if not sha:
        raise ValueError("the event is about no commit: pass its sha")
    return str(sha)


def happened_after(event: sansio.Event) -> dt.datetime | None:
    """Return a time, on GitHub's clock, that an answer to the event cannot be older than."""
    data: Mapping[str, Any] = event.data
    for name in ("comment", "review", "issue", "pull_request", "discussion"):
        subject = data.get(name) or {}
        if isinstance(subject.get("created_at") or subject.get("submitted_at"), str):
            return written_at(subject)
    return None


def written_at(subject: Mapping[str, Any]) -> dt.datetime | None:
    """Return a minute before something was written, None when its payload does not say."""
    written = subject.get("created_at") or subject.get("submitted_at")
    try:
        return dt.datetime.fromisoformat(str(written)) - dt.timedelta(minutes=1) if written else None
    except ValueError:
        return None
