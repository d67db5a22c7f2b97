"""Keep the event log small: cleanup, archives, restore, and the jobs that do them.

A web process asks for jobs and lists archives, so what does the work is loaded by whoever names it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_github_app.process.on_demand import names_on_demand

if TYPE_CHECKING:
    from .filters import Filter, NothingArchived
    from .here import archive_events, cleanup_events, restore_events
    from .jobs import RetentionBusy
    from .requesting import enqueue
    from .restore import search
    from .stores import StoreError

__all__ = [
    "Filter",
    "NothingArchived",
    "RetentionBusy",
    "StoreError",
    "archive_events",
    "cleanup_events",
    "enqueue",
    "restore_events",
    "search",
]

__getattr__ = names_on_demand(
    __name__,
    filters="Filter NothingArchived",
    here="archive_events cleanup_events restore_events",
    jobs="RetentionBusy",
    requesting="enqueue",
    restore="search",
    stores="StoreError",
)
