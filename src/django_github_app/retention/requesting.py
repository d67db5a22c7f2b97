"""Ask for a job: what each kind needs to know, its row, and the message that tells a worker.

All that a web process loads of the work; `jobs` does it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import router, transaction

from django_github_app.broker import publisher
from django_github_app.models import JobKind, RetentionJob
from django_github_app.models.retention import create_job

from . import replaying
from .filters import Filter
from .policy import Cutoffs

logger = logging.getLogger(__name__)


def cleanup_parameters(
    days_to_keep: int | Mapping[str, int] | None = None, *, only: list[int] | None = None
) -> dict[str, Any]:
    """Return what a cleanup job needs to know: the moment it is asked for decides what is old."""
    cutoffs = Cutoffs.from_days(0 if only and days_to_keep is None else days_to_keep)
    return {"cutoffs": cutoffs.to_json()} | ({"only": sorted(only)} if only else {})


def archive_parameters(
    days_to_keep: int | Mapping[str, int] | None = None,
    *,
    only: list[int] | None = None,
    storage: str | None = None,
    location: str | None = None,
    delete_after_archive: bool = True,
) -> dict[str, Any]:
    """Return what an archive job needs to know."""
    parameters = cleanup_parameters(days_to_keep, only=only)
    parameters["delete_after_archive"] = delete_after_archive
    if storage is not None:
        parameters["storage"] = storage
    if location is not None:
        parameters["location"] = location
    return parameters


def restore_parameters(which: Filter, *, reprocess: bool = False) -> dict[str, Any]:
    """Return what a restore job needs to know."""
    return {"filter": which.to_json(), "reprocess": reprocess}


def replay_parameters(
    choice: replaying.Choice, *, from_start: bool = False, rate: float = replaying.RATE
) -> dict[str, Any]:
    """Return what a replay job needs to know; ``from_start``: handlers that succeeded are called too."""
    return {"choice": choice.to_json(), "failed_only": choice.failed and not from_start, "rate": rate}


def enqueue(
    kind: JobKind, parameters: Mapping[str, Any], *, requested_by: str = "", source: str = "code"
) -> RetentionJob:
    """Record a job and publish it after the commit; when the broker is down, `watch` publishes it later."""
    job = create_job(kind, parameters, requested_by=requested_by, source=source)
    # Of the alias that the row was written to: another one may commit earlier, or be in no transaction at all.
    transaction.on_commit(partial(publish, job.pk), using=router.db_for_write(RetentionJob))
    return job


def publish(pk: int) -> None:
    """Tell a worker of a job. A broker that does not answer is no error: `watch` tells again."""
    try:
        publisher.send("run_retention_job", pk)
    except Exception as error:  # noqa: BLE001  # whatever the broker's client raises
        logger.warning(
            "retention job waits, the broker does not answer",
            extra={"job": pk, "error": type(error).__name__},
        )
