"""The text that an event brings, where it was written, and by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gidgethub import sansio

from .mentions import MentionScope

__all__ = ["BODY_EVENTS", "COMMENT_EVENTS", "Source", "scopes_of"]

COMMENT_EVENTS: Final = {
    "issue_comment": ("created", "edited"),
    "pull_request_review": ("submitted", "edited"),
    "pull_request_review_comment": ("created", "edited"),
    "commit_comment": ("created",),
    "discussion_comment": ("created", "edited"),
}
"""Event → actions that bring a new text of a comment."""

BODY_EVENTS: Final = {"issues": ("opened",), "pull_request": ("opened",), "discussion": ("created",)}
"""Event → actions of something whose body is new (GITHUB_APP["COMMANDS_IN_BODIES"])."""

_SCOPES: Final = {
    "issue": frozenset({MentionScope.ISSUE}),
    "pr": frozenset({MentionScope.PR}),
    "commit": frozenset({MentionScope.COMMIT}),
    "discussion": frozenset({MentionScope.DISCUSSION}),
    "both": frozenset({MentionScope.ISSUE, MentionScope.PR}),
}


def scopes_of(wanted: str | Iterable[str]) -> frozenset[MentionScope]:
    """Read ``scope=…`` of a command: a name, or several. Raises ValueError for an unknown one."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    try:
        found = frozenset(scope for name in names for scope in _SCOPES[str(name)])
    except KeyError as error:
        raise ValueError(f"there is no scope {error.args[0]!r}; use {', '.join(_SCOPES)}") from None
    if not found:
        raise ValueError("scope is empty: the command could be used nowhere")
    return found


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text was written. What the kind of comment does not have is None."""

    event: str
    scope: MentionScope
    body: str
    previous: str | None
    """The text before the edit; None when the text is new."""
    repo: str
    """``owner/name``."""
    number: int | None
    """Of the issue, pull request or discussion."""
    comment_id: int | None
    """Of the comment or review; None for the body of what was opened."""
    node_id: str
    """Of what was written."""
    commit: str | None
    sender: str
    bot: bool
    """Whether the sender is a machine."""
    issue_url: str | None
    """API address of the issue or pull request (as an issue)."""
    comment_url: str | None
    """API address of the comment."""
    html_url: str | None
    """Where a person finds the text."""

    @property
    def identity(self) -> str:
        """What was written, whatever it says now: the same for every delivery and edit."""
        return f"{self.event}:{self.comment_id}" if self.comment_id else f"{self.event}:{self.node_id}"

    @classmethod
    def from_event(cls, event: sansio.Event, *, bodies: bool = True) -> Source | None:
        """Return what an event brings to read, None when there is nothing (new) in it.

        ``bodies``: also the bodies of what is opened, not only comments.
        """
        data: Mapping[str, Any] = event.data
        action = data.get("action")
        if action in COMMENT_EVENTS.get(event.event, ()):
            written = _dict(data, "review" if event.event == "pull_request_review" else "comment")
        elif bodies and action in BODY_EVENTS.get(event.event, ()):
            written = _dict(data, {"issues": "issue"}.get(event.event, event.event))
        else:
            return None
        previous = None
        if action == "edited":
            previous = _dict(_dict(data, "changes"), "body").get("from")
            if not isinstance(previous, str):  # only something else was edited, or the comment was hidden
                return None
        body = written.get("body")
        if not isinstance(body, str) or not body:
            return None
        return cls._read(event.event, data, written, body, previous)

    @classmethod
    def _read(
        cls, event: str, data: Mapping[str, Any], written: Mapping[str, Any], body: str, previous: str | None
    ) -> Source | None:
        issue, pull, discussion = (_dict(data, key) for key in ("issue", "pull_request", "discussion"))
        place = issue or pull or discussion
        scope = _scope(event, issue)
        sender = _dict(data, "sender")
        login = sender.get("login")
        repo = _dict(data, "repository").get("full_name")
        if scope is None or not isinstance(login, str) or not isinstance(repo, str):
            return None
        is_comment = event in COMMENT_EVENTS
        comment_id = written.get("id") if is_comment else None
        url = written.get("url") if is_comment else None
        if event == "pull_request_review" and url is None:  # a review's payload has no address of its own
            url = f"{pull.get('url')}/reviews/{comment_id}"
        return cls(
            event=event,
            scope=scope,
            body=body,
            previous=previous,
            repo=repo,
            number=place.get("number"),
            comment_id=comment_id,
            node_id=str(written.get("node_id") or ""),
            commit=written.get("commit_id") if event == "commit_comment" else None,
            sender=login,
            bot=sender.get("type") == "Bot" or login.endswith("[bot]"),
            issue_url=issue.get("url") or pull.get("issue_url"),
            comment_url=url,
            html_url=written.get("html_url"),
        )


def _scope(event: str, issue: Mapping[str, Any]) -> MentionScope | None:
    match event:
        case "issue_comment" | "issues":
            return MentionScope.PR if issue.get("pull_request") else MentionScope.ISSUE
        case "pull_request" | "pull_request_review" | "pull_request_review_comment":
            return MentionScope.PR
        case "commit_comment":
            return MentionScope.COMMIT
        case "discussion" | "discussion_comment":
            return MentionScope.DISCUSSION
        case _:
            return None


def _dict(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
