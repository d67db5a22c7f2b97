"""The context of callbacks for mentions: that of events, and the mention."""

from __future__ import annotations

from typing import Any

from gidgethub.sansio import Event

from django_github_app.comments.mentions import Mention, MentionScope
from django_github_app.context.base import Speaker
from django_github_app.context.mentions import AsyncMentionContext, SyncMentionContext
from django_github_app.testing import payloads


def test_it_has_the_mention_beside_what_every_context_has() -> None:
    event = Event(payloads.build("issue_comment"), event="issue_comment", delivery_id="d")
    parsed: Any = object()
    for kind in (AsyncMentionContext, SyncMentionContext):
        api: Any = None
        found = kind(
            Mention(parsed, MentionScope.ISSUE), Speaker(api, event), event_id=1, delivery="d", installation=3
        )
        assert isinstance(found, Mention)
        assert (found.mention, found.scope) == (parsed, MentionScope.ISSUE)
        assert (found["mention"], found["scope"]) == (parsed, MentionScope.ISSUE)
        assert found["repo"] == event.data["repository"]["full_name"]
