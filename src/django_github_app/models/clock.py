"""The database's clock in Django's own queries: hosts' clocks may be minutes apart."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.functions import Now

__all__ = ["DatabaseNow"]


class DatabaseNow(Now):
    """As Django's ``Now``, and right without ``USE_TZ`` on SQLite too, where that one gives UTC for local time."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return SQL for the present moment as fields of this project hold it."""
        if settings.USE_TZ:
            return super().as_sqlite(compiler, connection, **extra)
        # Django has put the project's time zone into the environment.
        template = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW', 'localtime')"
        return self.as_sql(compiler, connection, template=template, **extra)
