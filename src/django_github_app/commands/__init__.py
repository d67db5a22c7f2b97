"""Commands in comments: what was typed, which command that is, who may use it, and what the app answers. Pure.

`match` reads an event; `Command` is what ``@gh.command`` makes of a callback; `to_markdown` writes the page of
an app's documentation. Asking GitHub and running callbacks is command_runs' work.
"""

from __future__ import annotations

from django_github_app.comments.sources import BODY_EVENTS, COMMENT_EVENTS, Source

from .grammar import Mistake, Typed, Word, find, split, words
from .help import to_markdown, unknown
from .matching import MOST_COMMANDS, Match, match
from .permissions import Level, Permission
from .quoting import neutralise, quote
from .registry import HELP, Command, Found, lookup, shadowed, suggest

EVENTS = (*COMMENT_EVENTS, *BODY_EVENTS)
"""The events that can bring commands."""

__all__ = [
    "BODY_EVENTS",
    "COMMENT_EVENTS",
    "EVENTS",
    "HELP",
    "MOST_COMMANDS",
    "Command",
    "Found",
    "Level",
    "Match",
    "Mistake",
    "Permission",
    "Source",
    "Typed",
    "Word",
    "find",
    "lookup",
    "match",
    "neutralise",
    "quote",
    "shadowed",
    "split",
    "suggest",
    "to_markdown",
    "unknown",
    "words",
]
