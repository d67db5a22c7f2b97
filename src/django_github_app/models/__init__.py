"""The tables, and the only place where a status is assigned."""

from __future__ import annotations

from .events import EventLog, EventLogManager, EventStatus, HandlerRun, RunKind, RunStatus
from .installations import (
    AccountType,
    Installation,
    InstallationManager,
    InstallationStatus,
    Repository,
    RepositoryManager,
)

__all__ = [
    "AccountType",
    "EventLog",
    "EventLogManager",
    "EventStatus",
    "HandlerRun",
    "Installation",
    "InstallationManager",
    "InstallationStatus",
    "Repository",
    "RepositoryManager",
    "RunKind",
    "RunStatus",
]
