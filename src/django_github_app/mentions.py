"""Mentions in comments, under the import path that django-github-app has for them."""

from __future__ import annotations

from .comments.mentions import (
    EventAction,
    LineInfo,
    Mention,
    MentionScope,
    ParsedMention,
    RawMention,
    body_of,
    extract_all_mentions,
    extract_mentions,
    extract_mentions_from_event,
    matches_pattern,
)

__all__ = [
    "EventAction",
    "LineInfo",
    "Mention",
    "MentionScope",
    "ParsedMention",
    "RawMention",
    "body_of",
    "extract_all_mentions",
    "extract_mentions",
    "extract_mentions_from_event",
    "matches_pattern",
]
