"""The policy as beat starts it. The schedule's arguments, editable in the admin, go before the settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django_github_app.conf import app_settings
from django_github_app.models import JobKind, RetentionJob

from .requesting import archive_parameters, cleanup_parameters, enqueue
from .restore import expired_files

logger = logging.getLogger(__name__)


def apply_policy(
    action: str | None = None,
    days_to_keep: int | Mapping[str, int] | None = None,
    archive_days_to_keep: int | None = None,
) -> list[RetentionJob]:
    """Enqueue what the policy asks for, unless such a job is waiting already; return the jobs.

    ``action`` is "delete" or "archive". Does nothing when AUTO_CLEANUP_EVENTS is off. Raises ValueError for
    arguments that make no sense.
    """
    if not app_settings.AUTO_CLEANUP_EVENTS:
        return []
    action = app_settings.RETENTION_ACTION if action is None else action
    wanted: list[tuple[JobKind, dict[str, Any]]] = []
    match action:
        case "delete":
            wanted.append((JobKind.CLEANUP, cleanup_parameters(days_to_keep)))
        case "archive":
            wanted.append((JobKind.ARCHIVE, archive_parameters(days_to_keep)))
        case _:
            raise ValueError(f"RETENTION_ACTION must be 'delete' or 'archive', not {action!r}")
    days = app_settings.ARCHIVE_DAYS_TO_KEEP if archive_days_to_keep is None else archive_days_to_keep
    if expired_files(days):
        wanted.append((JobKind.EXPIRE, {"days_to_keep": days}))
    unfinished = set(RetentionJob.objects.unfinished().values_list("kind", flat=True))
    jobs = [
        enqueue(kind, parameters, source="schedule") for kind, parameters in wanted if kind not in unfinished
    ]
    logger.info(
        "retention policy applied",
        extra={"jobs": [job.pk for job in jobs]},
    )
    return jobs
