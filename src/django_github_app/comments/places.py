"""Where people write on GitHub: one row for each kind of event that brings a person's text. Pure.

What is known of such an event stands here once: commands, mentions, answers, reactions and the permissions that
the app has to ask for are derived from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple

__all__ = ["PLACES", "EventAction", "MentionScope", "Place", "is_moved", "scope_of", "text_of", "written_in"]

Data = Mapping[str, Any]
Thread = Literal["conversation", "diff", "commit", "discussion"]


class EventAction(NamedTuple):
    """An event of GitHub's and one of its actions."""

    event: str
    action: str


class MentionScope(StrEnum):
    """Where people talk. A pull request's comments arrive as comments of an issue, and are told apart."""

    COMMIT = "commit"
    ISSUE = "issue"
    PR = "pr"
    DISCUSSION = "discussion"

    def get_events(self) -> list[EventAction]:
        """Return the events that carry a new comment of this scope."""
        rows = (place for place in PLACES.values() if place.is_comment and self in place.scopes)
        return [EventAction(place.event, place.new) for place in rows]

    @classmethod
    def all_events(cls) -> list[EventAction]:
        """Return the events of all scopes, each once."""
        return list(dict.fromkeys(action for scope in cls for action in scope.get_events()))

    @classmethod
    def from_event(cls, event: Any) -> MentionScope | None:
        """Return the scope that an event's comment belongs to, None for an event without one."""
        place = PLACES.get(event.event)
        return scope_of(place, event.data) if place is not None and place.is_comment else None


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of event that brings a text."""

    event: str
    scopes: tuple[MentionScope, ...]
    """Where there are two, the issue says whether it is a pull request."""
    written: str
    """Key of the payload that holds the text as ``body``, and its author as ``user``."""
    new: str
    """The action with which a text is new."""
    can_be_edited: bool
    """Whether ``edited`` brings a text to read."""
    is_comment: bool
    """False: the body of what was opened."""
    thread: Thread
    """Where an answer goes."""
    reactions: str | None
    """Path below the repository of the reactions to the text; None: by its node id, in GraphQL."""
    permissions: tuple[str, ...]
    """What the app must be granted: to subscribe (the first one), and to answer."""


_ISSUE, _PR = MentionScope.ISSUE, MentionScope.PR
_BOTH, _PULL = (_ISSUE, _PR), ("pull_requests",)
_TALK = ((MentionScope.DISCUSSION,), ("discussions",))
# An issue or a pull request itself, and a comment on it, a diff or a commit.
_OF_ISSUE, _OF_COMMENT = "/issues/{number}/reactions", "/issues/comments/{id}/reactions"
_OF_DIFF, _OF_COMMIT = "/pulls/comments/{id}/reactions", "/comments/{id}/reactions"

_ROWS = (
    # event, scopes, written, new, can be edited, is comment, thread, reactions, permissions
    Place("commit_comment", (MentionScope.COMMIT,), "comment", "created", False, True,
          "commit", _OF_COMMIT, ("contents",)),
    Place("issue_comment", _BOTH, "comment", "created", True, True,
          "conversation", _OF_COMMENT, ("issues", "pull_requests")),
    Place("pull_request_review_comment", (_PR,), "comment", "created", True, True, "diff", _OF_DIFF, _PULL),
    Place("pull_request_review", (_PR,), "review", "submitted", True, True, "conversation", None, _PULL),
    Place("discussion_comment", _TALK[0], "comment", "created", True, True, "discussion", None, _TALK[1]),
    Place("issues", _BOTH, "issue", "opened", False, False, "conversation", _OF_ISSUE, ("issues",)),
    Place("pull_request", (_PR,), "pull_request", "opened", False, False, "conversation", _OF_ISSUE, _PULL),
    Place("discussion", _TALK[0], "discussion", "created", False, False, "discussion", None, _TALK[1]),
)  # fmt: skip
PLACES: Final[Mapping[str, Place]] = {place.event: place for place in _ROWS}


def scope_of(place: Place, data: Data) -> MentionScope:
    """Return the scope of an event at ``place``."""
    if len(place.scopes) == 1:
        return place.scopes[0]
    issue = data.get("issue")
    return _PR if isinstance(issue, Mapping) and issue.get("pull_request") else _ISSUE


def written_in(place: Place | None, data: Data) -> Data:
    """Return the object that holds the text: a comment, a review, or what was opened; empty when there is none."""
    value = data.get(place.written if place is not None else "comment")
    return value if isinstance(value, Mapping) else {}


def text_of(place: Place | None, data: Data) -> str:
    """Return what a person wrote, the empty text when there is none."""
    body = written_in(place, data).get("body")
    return body if isinstance(body, str) else ""


MOVED_AFTER: Final = dt.timedelta(minutes=5)
"""A body that was written so long before its event had been somewhere else before."""


def is_moved(place: Place, data: Data) -> bool:
    """Return whether a text that arrives as new was written by somebody else than the sender, or elsewhere before.

    A transferred issue arrives as opened, with ``changes.old_issue``, and one that was converted as a
    discussion that was created: in both the sender is who moved it, and its text is the author's.
    """
    changes = data.get("changes")
    if isinstance(changes, Mapping) and any(str(name).startswith("old_") for name in changes):
        return True
    written = written_in(place, data)
    # GitHub always names an author; null stands for an account that was deleted.
    if "user" in written and not same_account(written["user"], data.get("sender")):
        return True
    return not place.is_comment and _is_older(written)


def same_account(one: object, other: object) -> bool:
    """Return whether two accounts of a payload are the same; False when either is missing."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    # Logins are unique, and both are of one moment.
    logins = one.get("login"), other.get("login")
    return None not in logins and str(logins[0]).casefold() == str(logins[1]).casefold()


def _is_older(written: Data) -> bool:
    try:
        created, updated = (dt.datetime.fromisoformat(written[key]) for key in ("created_at", "updated_at"))
        return updated - created > MOVED_AFTER
    except (KeyError, TypeError, ValueError):
        return False
