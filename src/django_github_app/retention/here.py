"""Cleanup, archive and restore here and now, in the caller's process: what managers and scripts call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_github_app.models import EventLog, JobKind
from django_github_app.models.retention import create_job

from .cleanup import delete_due
from .filters import Filter
from .jobs import run_here
from .policy import Cutoffs
from .requesting import archive_parameters, restore_parameters
from .stores import Store


def cleanup_events(days_to_keep: int | Mapping[str, int] | None = None) -> tuple[int, dict[str, int]]:
    """Delete finished events that are older than ``days_to_keep``, here and now, in small transactions.

    A number of days, days by final state, or None for the settings. Returns the number of events, and it
    again by model, as ``QuerySet.delete`` does.
    """
    deleted = sum(batch.deleted for batch in delete_due(Cutoffs.from_days(days_to_keep)))
    return deleted, {EventLog._meta.label: deleted} if deleted else {}


def archive_events(
    days_to_keep: int | Mapping[str, int] | None = None,
    storage: Any = None,
    location: str | None = None,
    delete_after_archive: bool = True,
) -> tuple[int, list[str]]:
    """Archive finished events that are older than ``days_to_keep``, here and now.

    ``storage`` is an alias of STORAGES, a dotted path or a storage; None: ARCHIVE_STORAGE. Returns the number
    of events that were archived and the paths of their files. Raises RetentionBusy, StoreError, ArchiveDamaged.
    """
    store = Store.resolve(storage)
    parameters = archive_parameters(
        days_to_keep, storage=store.name, location=location, delete_after_archive=delete_after_archive
    )
    job = run_here(create_job(JobKind.ARCHIVE, parameters), store=store)
    return job.result.get("archived", 0), job.result.get("files", [])


def restore_events(which: Filter, *, reprocess: bool = False) -> tuple[int, int]:
    """Bring events back out of their archives, here and now; return how many, and how many were there.

    They keep their state and are not processed again unless ``reprocess``. Raises RetentionBusy,
    NothingArchived, StoreError; ArchiveDamaged and `restore.IdsTaken` after all that can come back did.
    """
    job = run_here(create_job(JobKind.RESTORE, restore_parameters(which, reprocess=reprocess)))
    return job.result.get("restored", 0), job.result.get("present", 0)
