"""What a project hangs on events: foreign keys with their ``on_delete``, and receivers of signals.

Events are deleted by statements that know nothing of either. Where there is something, they are deleted as Django
does it, at its price; a project that has nothing pays nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete, pre_delete

from .events import EventLog, HandlerRun

__all__ = ["delete_events", "deletion_is_watched"]

logger = logging.getLogger(__name__)


def deletion_is_watched() -> bool:
    """Return whether deleting events concerns anybody else."""
    return pre_delete.has_listeners(EventLog) or post_delete.has_listeners(EventLog) or bool(_relations())


def _relations() -> list[Any]:
    return [
        relation
        for relation in EventLog._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and relation.related_model is not HandlerRun
        and getattr(relation, "on_delete", None) not in (None, models.DO_NOTHING)
    ]


def delete_events(ids: Sequence[int], using: str) -> list[int]:
    """Delete events with what depends on them, as each ``on_delete`` says; return the ids of those that are gone.

    An event that PROTECT or RESTRICT holds stays, and keeps no other from being deleted.
    """
    if not ids:
        return []
    try:
        _delete(ids, using)
        return list(ids)
    except (models.ProtectedError, models.RestrictedError):
        pass
    gone = []
    for pk in ids:
        try:
            _delete([pk], using)
        except (models.ProtectedError, models.RestrictedError):
            continue
        gone.append(pk)
    logger.warning("events stay: rows that refer to them say so", extra={"events": len(ids) - len(gone)})
    return gone


def _delete(ids: Sequence[int], using: str) -> None:
    with transaction.atomic(using=using):
        EventLog.objects.using(using).filter(pk__in=ids).delete()
