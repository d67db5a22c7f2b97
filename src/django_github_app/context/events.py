"""The context of callbacks for events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django_github_app.comments.sources import is_bot

from .base import AsyncVoice, Context, Speaker, SyncVoice
from .names import RepositoryName
from .runs import Run

__all__ = ["AsyncEventContext", "EventContext", "SyncEventContext", "facts_of"]

_FACTS = ("repo", "number", "issue_url", "sender", "is_bot", "installation", "event_id", "delivery")


class EventContext(Context):
    """Who did what where. What the payload does not have is None, or the empty text."""

    _keys: ClassVar[tuple[str, ...]] = (*_FACTS, "log", "reply", "react")

    repo: RepositoryName
    """``owner/name``; ``repo.owner``, ``repo.name``. Called, it returns both as arguments for an address."""
    number: int | None
    """Of the issue, pull request or discussion."""
    issue_url: str | None
    """API address of the issue, or of the pull request as an issue."""
    sender: str
    """Login of who did it."""
    is_bot: bool
    """Whether that is a machine: another app, or this one."""
    installation: int | None
    """GitHub's id of the installation."""
    event_id: int
    """Of the event in the event log."""
    delivery: str | None
    """``X-GitHub-Delivery``."""
    speaker: Speaker

    def __init__(
        self,
        speaker: Speaker,
        *,
        event_id: int,
        delivery: str | None,
        installation: int | None,
        run: Run | None = None,
    ) -> None:
        self.speaker = speaker
        self.run = run
        self.event_id = event_id
        self.delivery = delivery
        self.installation = installation
        vars(self).update(facts_of(speaker.event.data))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in _FACTS)
        return f"{type(self).__name__}({facts})"


class AsyncEventContext(AsyncVoice, EventContext):
    """The context of an asynchronous callback."""


class SyncEventContext(SyncVoice, EventContext):
    """The context of a synchronous callback."""


def facts_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a payload says of repository, number, address and sender. Pure; odd payloads have less."""
    issue, pull, discussion = (_dict(data, key) for key in ("issue", "pull_request", "discussion"))
    sender = _dict(data, "sender")
    number = (issue or pull or discussion or data).get("number")
    return {
        "repo": RepositoryName(_dict(data, "repository").get("full_name") or ""),
        "number": number if isinstance(number, int) else None,
        "issue_url": issue.get("url") or pull.get("issue_url"),
        "sender": str(sender.get("login") or ""),
        "is_bot": is_bot(sender),
    }


def _dict(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
