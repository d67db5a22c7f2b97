"""The database's clock in Django's own queries: hosts' clocks may be minutes apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

__all__ = ["DatabaseNow"]


class DatabaseNow(Now):
    """As Django's ``Now``, and right on SQLite too, where that one gives UTC whatever the zone of the times there."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return SQL for the present moment as Django keeps moments in this database."""
        # That of the database (``TIME_ZONE`` in DATABASES), UTC, or without USE_TZ the project's.
        zone = connection.timezone or timezone.get_default_timezone()
        offset = dt.datetime.now(zone).utcoffset() or dt.timedelta()
        shift = f", '{offset.total_seconds():+.0f} seconds'" if offset else ""
        template = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW'{shift})"
        return self.as_sql(compiler, connection, template=template, **extra)
