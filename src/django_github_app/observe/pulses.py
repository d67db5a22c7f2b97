"""Signs of life, kept as rows so that they can be read when whoever gave them is dead."""

from __future__ import annotations

import datetime as dt
import logging
import socket
from typing import Any, Final

from django.db import DatabaseError, InterfaceError

from django_github_app.models import Pulse
from django_github_app.process.clock import as_field
from django_github_app.sql.clock import database_now

logger = logging.getLogger(__name__)

BEAT: Final = "beat"
SWEEP: Final = "sweep"
MISSED: Final = "missed deliveries"
MISSED_DAY: Final = "missed on "
"""Before a day: the report of what was missed on it."""
WORKER: Final = "worker "
HOOK: Final = "hook "
MAINTENANCE: Final = "maintenance"
KEPT: Final = 24 * 3600.0
"""Seconds for which a worker that gives no sign any more is remembered: then it was taken away on purpose."""


def note(
    name: str, at: dt.datetime | None = None, *, ago: dt.timedelta = dt.timedelta(), **detail: Any
) -> None:
    """Note a sign of life, by the database's clock: whoever looks for it is on another host.

    A database that is away costs a line in the log, and nothing else.
    """
    try:
        keep([Pulse(name=name[:150], at=as_field(at or database_now() - ago), detail=detail)])
    except (DatabaseError, InterfaceError) as error:
        logger.debug("a sign of life could not be noted", extra={"error": type(error).__name__})


def keep(found: list[Pulse]) -> None:
    """Write signs of life over those of the same names. Raises what the database raises."""
    Pulse.objects.bulk_create(
        sorted(found, key=lambda pulse: pulse.name),
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at", "detail"],
    )


def worker_name(worker_type: str, host: str | None = None) -> str:
    """Return the name of the sign of life of a host's workers of one type."""
    return f"{WORKER}{worker_type} {host or socket.gethostname()}"


def forget_old(now: dt.datetime) -> None:
    """Forget workers that are long gone, and reports of days two weeks ago."""
    for prefix, kept in ((WORKER, 2 * KEPT), (MISSED_DAY, 14 * KEPT)):
        old = as_field(now - dt.timedelta(seconds=kept))
        Pulse.objects.filter(name__startswith=prefix, at__lt=old).delete()
