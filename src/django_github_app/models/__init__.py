"""The tables, their managers, and the states that their rows can be in."""

from __future__ import annotations

from .commands import CommandClaim, CommandClaimManager, CommandOutcome, Taken
from .continuations import Continuation
from .deaths import Death
from .events import EventLog, EventLogManager, EventStatus, HandlerRun, RunKind, RunStatus
from .flow import FlowKeyState, FlowPlace
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
from .plans import SchedulePlan
from .progress import Progress, ProgressState
from .retention import ArchiveFile, ArchiveState, JobKind, JobState, RetentionJob
from .signs import BodyDigest, Incident, Pulse, Rollup

__all__ = [
    "AccountType",
    "ArchiveFile",
    "ArchiveState",
    "BodyDigest",
    "CommandClaim",
    "CommandClaimManager",
    "CommandOutcome",
    "Continuation",
    "Death",
    "EventLog",
    "EventLogManager",
    "EventStatus",
    "FlowKeyState",
    "FlowPlace",
    "HandlerRun",
    "Incident",
    "Installation",
    "InstallationManager",
    "InstallationStatus",
    "JobKind",
    "JobState",
    "Lock",
    "Progress",
    "ProgressState",
    "Pulse",
    "Repository",
    "RepositoryManager",
    "RetentionJob",
    "Rollup",
    "RunKind",
    "RunStatus",
    "SchedulePlan",
    "Taken",
    "WorkerTypeProgress",
]
