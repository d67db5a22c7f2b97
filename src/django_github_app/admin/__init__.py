"""The admin pages. They look at big tables through bounds, and enqueue whatever takes long."""

from __future__ import annotations

from .archives import ArchiveFileAdmin
from .events import EventLogAdmin
from .installations import InstallationAdmin, RepositoryAdmin
from .jobs import RetentionJobAdmin

__all__ = [
    "ArchiveFileAdmin",
    "EventLogAdmin",
    "InstallationAdmin",
    "RepositoryAdmin",
    "RetentionJobAdmin",
]
