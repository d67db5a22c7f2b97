"""The context of callbacks for mentions: that of events, and django-github-app's `Mention`."""

from __future__ import annotations

from typing import Any, ClassVar

from django_github_app.comments.mentions import Mention

from .base import AsyncVoice, Speaker, SyncVoice
from .events import EventContext

__all__ = ["AsyncMentionContext", "MentionContext", "SyncMentionContext"]


class MentionContext(EventContext, Mention):
    """Who mentioned the app where: ``context.mention`` and ``context.scope``, beside what every context has."""

    _keys: ClassVar[tuple[str, ...]] = ("mention", "scope", *EventContext._keys)

    def __init__(self, mention: Mention, speaker: Speaker, **where: Any) -> None:
        EventContext.__init__(self, speaker, **where)
        Mention.__init__(self, mention.mention, mention.scope)


class AsyncMentionContext(AsyncVoice, MentionContext):
    """The context of an asynchronous callback."""


class SyncMentionContext(SyncVoice, MentionContext):
    """The context of a synchronous callback."""
