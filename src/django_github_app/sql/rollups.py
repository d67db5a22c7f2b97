"""The table of rolled-up counters: additions of many counters in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django_github_app.models import Rollup

from .dialects import Column, dialect_for, storable
from .outcomes import in_one_go

_TABLE = Rollup._meta.db_table
_COLUMNS = (
    Column("seconds", "integer"),
    Column("starts_at", "timestamptz"),
    Column("name", "text"),
    Column("label", "text"),
    Column("count", "bigint"),
    Column("total", "double precision"),
)
_NAMES = ", ".join(column.name for column in _COLUMNS)

Additions = Mapping[tuple[int, dt.datetime, str, str], tuple[int, float]]
"""(seconds of the interval, its start, name, label) → (count, total)"""


def add(additions: Additions) -> None:
    """Add to the counters; those that are not there are made. Raises what the database raises."""
    if not additions:
        return
    dialect = dialect_for(Rollup)
    rows = [
        (seconds, dialect.moment(starts_at), name, storable(label), count, total)
        # In one order everywhere: two processes that add to the same rows then cannot deadlock.
        for (seconds, starts_at, name, label), (count, total) in sorted(additions.items())
    ]
    source, parameters = dialect.rows(_COLUMNS, rows)
    sql = f"""
        INSERT INTO {_TABLE} AS known ({_NAMES}) SELECT {_NAMES} FROM {source} WHERE true
        ON CONFLICT (seconds, name, starts_at, label) DO UPDATE SET
            count = known.count + excluded.count, total = known.total + excluded.total"""  # noqa: S608
    with in_one_go(dialect):
        dialect.execute(sql, parameters)


__all__ = ["Additions", "add"]
