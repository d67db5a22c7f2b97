"""``context``: what a callback knows about its event, and how it answers."""

from __future__ import annotations

from .base import Context
from .commands import AsyncCommandContext, CommandContext, SyncCommandContext
from .continuations import Continued
from .conversation import Level, Said
from .events import AsyncEventContext, EventContext, SyncEventContext
from .mentions import AsyncMentionContext, SyncMentionContext
from .names import RepositoryName
from .progress import AsyncProgress, SyncProgress

__all__ = [
    "AsyncCommandContext",
    "AsyncEventContext",
    "AsyncMentionContext",
    "AsyncProgress",
    "CommandContext",
    "Context",
    "Continued",
    "EventContext",
    "Level",
    "RepositoryName",
    "Said",
    "SyncCommandContext",
    "SyncEventContext",
    "SyncMentionContext",
    "SyncProgress",
]
