"""The database's clock: what was dated by it is compared with it, and with no host's."""

from __future__ import annotations

import datetime as dt

from django_github_app.models.events import EventLog

from .dialects import dialect_for

__all__ = ["database_now"]


def database_now() -> dt.datetime:
    """Return the present moment by the clock of the database that events are written to, aware."""
    dialect = dialect_for(EventLog)
    ((now,),) = dialect.execute(f"SELECT {dialect.now}")
    return dialect.as_moment(now)
