"""Cancelling events and runs, for whoever asks: the admin, the command line, a person on GitHub."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial

from django.db import router, transaction

from django_github_app.models import EventLog
from django_github_app.sql import cancelling, flow
from django_github_app.sql.cancelling import Cancelled

from .publishing import publish_or_leave

__all__ = ["cancel", "cancel_subject"]

logger = logging.getLogger(__name__)


def cancel(ids: Collection[int], by: str) -> Cancelled:
    """Cancel events that are not over, with all of their callbacks. What runs is told within seconds."""
    return _published(cancelling.cancel_events(ids, by), by)


def cancel_subject(repository: str, number: int, by: str) -> Cancelled:
    """Cancel what runs or waits under a key for an issue or pull request of ``owner/name``."""
    return _published(cancelling.cancel_subject(repository, number, by), by)


def _published(cancelled: Cancelled, by: str) -> Cancelled:
    if cancelled.events:
        logger.info("events cancelled", extra={"events": len(cancelled.events), "actor": by})
    # Inside somebody's transaction a worker would look before there is anything to see.
    transaction.on_commit(partial(_go_on, cancelled), using=router.db_for_write(EventLog))
    return cancelled


def _go_on(cancelled: Cancelled) -> None:
    ready = {*cancelled.ready, *flow.wake(cancelled.keys)}
    if ready:
        publish_or_leave(sorted(ready))
