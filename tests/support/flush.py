"""Emptying the tables after a test that commits: only those that it used, and not what `migrate` fills in.

Django empties all tables and lets each app fill in its rows again: content types, permissions, schedules. That took
longer than most tests.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations

__all__ = ["install"]

_django_flush = DatabaseOperations.sql_flush
_django_signal = flush.emit_post_migrate_signal  # type: ignore[attr-defined]

BEAT = "django_celery_beat_"

Filled = dict[str, str]  # each table that has rows after `migrate`, and what is changed with any of them


class _Databases:
    """What this process knows of the tables of each database, by its name."""

    def __init__(self) -> None:
        self.filled: dict[str, Filled] = {}
        self.are_as_they_were: dict[str, bool] = {}

    def sql_flush(self, operations: Any, style: Any, tables: Any, **options: Any) -> Any:
        """As Django's method. Emptying a table makes new files for it and all its indexes."""
        connection = operations.connection
        name = connection.settings_dict["NAME"]
        used = _with_pages(connection, tables)
        filled = self.filled.get(name)
        # What refers to a table is emptied with it: tasks with their schedules.
        others = used - (filled or {}).keys()
        same = (
            filled is not None
            and not any(table.startswith(BEAT) for table in others)
            and _rows_of(connection, filled) == filled
        )
        self.are_as_they_were[name] = same
        # What refers to these and has no pages is emptied with them all the same.
        options["allow_cascade"] = True
        return _django_flush(operations, style, sorted(others if same else used), **options)

    def signal(self, verbosity: int, interactive: bool, db: str, **options: Any) -> None:
        connection = connections[db]
        name = connection.settings_dict["NAME"]
        if self.are_as_they_were.pop(name, False):
            return
        _django_signal(verbosity, interactive, db, **options)
        if connection.vendor == "postgresql":
            tables = _with_pages(connection, connection.introspection.django_table_names(only_existing=True))
            rows = _rows_of(connection, dict.fromkeys(tables, ""))
            self.filled[name] = {table: found for table, found in rows.items() if not found.startswith("0 ")}


def _with_pages(connection: BaseDatabaseWrapper, tables: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND pg_relation_size(oid) > 0",
            [list(tables)],
        )
        return {name for (name,) in cursor.fetchall()}


def _rows_of(connection: BaseDatabaseWrapper, tables: Filled) -> Filled:
    """Return how many rows each has, and the last transaction that changed one of them."""
    if not tables:
        return {}
    parts = [
        f"SELECT '{table}', count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM \"{table}\""
        for table in sorted(tables)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def install() -> None:
    """Let Django's `flush` work so in this process."""
    known = _Databases()

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> Any:
        return known.sql_flush(self, style, tables, **options)

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    flush.emit_post_migrate_signal = known.signal  # type: ignore[attr-defined]  # the stubs leave it out
