"""The admin pages. They look at big tables through bounds, and enqueue whatever takes long."""

from __future__ import annotations

from .archives import ArchiveFileAdmin
from .events import EventLogAdmin
from .installations import InstallationAdmin, RepositoryAdmin
from .jobs import RetentionJobAdmin

__all__ = [
    "ArchiveFileAdmin",
    "EventLogAdmin",
    "EventLogModelAdmin",
    "InstallationAdmin",
    "InstallationModelAdmin",
    "RepositoryAdmin",
    "RepositoryModelAdmin",
    "RetentionJobAdmin",
]

# The names that django-github-app has for them.
EventLogModelAdmin = EventLogAdmin
InstallationModelAdmin = InstallationAdmin
RepositoryModelAdmin = RepositoryAdmin
