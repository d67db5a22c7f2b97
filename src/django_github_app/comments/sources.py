"""The text that an event brings, where it was written, and by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gidgethub import sansio

from .places import PLACES, MentionScope, Place, is_moved, same_account, scope_of, text_of, written_in

__all__ = ["BODY_EVENTS", "COMMENT_EVENTS", "Source", "is_bot", "scopes_of"]

COMMENT_EVENTS: Final = {
    place.event: (place.new, "edited") if place.can_be_edited else (place.new,)
    for place in PLACES.values()
    if place.is_comment
}
"""Event → actions that bring a new text of a comment."""

BODY_EVENTS: Final = {place.event: (place.new,) for place in PLACES.values() if not place.is_comment}
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
    author: str | None
    """Who wrote the text that the sender edited, if that is somebody else."""
    bot: bool
    """Whether the sender, or the author of what they edited, is a machine, or an app has written for them."""
    issue_url: str | None
    """API address of the issue or pull request (as an issue)."""
    comment_url: str | None
    """API address of the comment."""
    html_url: str | None
    """Where a person finds the text."""
    app: str | None = None
    """Slug of the app that wrote in a person's name, with a token of theirs: it says what it was told by anybody."""

    @property
    def identity(self) -> str:
        """What was written, whatever it says now: the same for every delivery and edit."""
        return f"{self.event}:{self.comment_id}" if self.comment_id else f"{self.event}:{self.node_id}"

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whose rights a command in the text needs: its sender and, of an edited text, its author too."""
        return (self.sender,) if self.author is None else (self.sender, self.author)

    @classmethod
    def from_event(cls, event: sansio.Event, *, bodies: bool = True) -> Source | None:
        """Return what an event brings to read, None when there is nothing (new) in it.

        ``bodies``: also the bodies of what is opened, not only comments. A text that the sender only moved is
        not new (`places.is_moved`).
        """
        data: Mapping[str, Any] = event.data
        action = data.get("action")
        place = PLACES.get(event.event)
        if place is None or not (place.is_comment or bodies):
            return None
        previous: str | None = None
        if action == place.new:
            if is_moved(place, data):
                return None
        elif action == "edited" and place.can_be_edited:
            before = _dict(_dict(data, "changes"), "body").get("from")
            if not isinstance(before, str):  # only something else was edited, or the comment was hidden
                return None
            previous = before
        else:
            return None
        body = text_of(place, data)
        return cls._read(place, data, body, previous) if body else None

    @classmethod
    def _read(cls, place: Place, data: Mapping[str, Any], body: str, previous: str | None) -> Source | None:
        event, written = place.event, written_in(place, data)
        issue, pull, discussion = (_dict(data, key) for key in ("issue", "pull_request", "discussion"))
        holder = issue or pull or discussion
        sender = _dict(data, "sender")
        login = sender.get("login")
        repo = _dict(data, "repository").get("full_name")
        if not isinstance(login, str) or not isinstance(repo, str):
            return None
        author: str | None = None
        app = _dict(written, "performed_via_github_app").get("slug")
        bot = is_bot(sender) or bool(written.get("performed_via_github_app"))
        if "user" in written and not same_account(written["user"], sender):
            name = _dict(written, "user").get("login")
            if not isinstance(name, str):  # the account was deleted: nobody is left who could be asked for
                return None
            author = name
            bot = bot or is_bot(_dict(written, "user"))
        comment_id = written.get("id") if place.is_comment else None
        url = written.get("url") if place.is_comment else None
        if event == "pull_request_review" and url is None:  # a review's payload has no address of its own
            url = f"{pull.get('url')}/reviews/{comment_id}"
        return cls(
            event=event,
            scope=scope_of(place, data),
            body=body,
            previous=previous,
            repo=repo,
            number=holder.get("number"),
            comment_id=comment_id,
            node_id=str(written.get("node_id") or ""),
            commit=written.get("commit_id") if event == "commit_comment" else None,
            sender=login,
            author=author,
            bot=bot,
            issue_url=issue.get("url") or pull.get("issue_url"),
            comment_url=url,
            html_url=written.get("html_url"),
            app=app if isinstance(app, str) else None,
        )


def is_bot(account: Mapping[str, Any]) -> bool:
    """Say whether an account of a payload is a machine's."""
    return account.get("type") == "Bot" or str(account.get("login")).endswith("[bot]")


def _dict(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
