"""The tables, their managers, and the states that their rows can be in."""

from __future__ import annotations

from .commands import CommandClaim, CommandClaimManager, CommandOutcome, Taken
from .events import EventLog, EventLogManager, EventStatus, HandlerRun, RunKind, RunStatus
from .installations import (
    AccountType,
    Installation,
    InstallationManager,
    InstallationStatus,
    Repository,
    RepositoryManager,
)
from .lanes import WorkerTypeProgress
from .locks import Lock
from .retention import ArchiveFile, ArchiveState, JobKind, JobState, RetentionJob

__all__ = [
    "AccountType",
    "ArchiveFile",
    "ArchiveState",
    "CommandClaim",
    "CommandClaimManager",
    "CommandOutcome",
    "EventLog",
    "EventLogManager",
    "EventStatus",
    "HandlerRun",
    "Installation",
    "InstallationManager",
    "InstallationStatus",
    "JobKind",
    "JobState",
    "Lock",
    "Repository",
    "RepositoryManager",
    "RetentionJob",
    "RunKind",
    "RunStatus",
    "Taken",
    "WorkerTypeProgress",
]
