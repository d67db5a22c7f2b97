"""The columns of rows that django-github-app stored, which has their content in the payload only.

What is still to be done is what the index ``github_event_unfilled`` holds: so this can be stopped anywhere, and to
learn that all is done costs nothing. A filled row has a sender: an empty one if its payload names none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from django_github_app.deliveries import Summary
from django_github_app.models.events import EventLog

from .dialects import Column, Dialect, dialect_for

__all__ = ["count_unfilled", "fill", "find_unfilled"]

_EVENTS = EventLog._meta.db_table
_UNFILLED = "e.body IS NULL AND e.payload IS NOT NULL AND e.sender IS NULL"
_COLUMNS = (
    Column("event_pk", "bigint"),
    Column("new_action", "text"),
    Column("new_installation_id", "bigint"),
    Column("new_repository_id", "bigint"),
    Column("new_repository", "text"),
    Column("new_sender", "text"),
    Column("new_number", "bigint"),
)
_NAMES = ("action", "installation_id", "repository_id", "repository", "sender", "number")
_PATHS = (
    *("action", "number", "installation.id", "repository.id", "repository.full_name", "sender.login"),
    *("issue.number", "pull_request.number", "discussion.number"),
)


def find_unfilled(limit: int) -> list[int]:
    """Return ids of rows that are still to be filled, oldest first."""
    sql = f"SELECT e.id FROM {_EVENTS} e WHERE {_UNFILLED} ORDER BY e.id LIMIT %s"  # noqa: S608
    return [row[0] for row in dialect_for(EventLog).execute(sql, [limit])]


def count_unfilled() -> int:
    """Return how many rows are still to be filled."""
    ((count,),) = dialect_for(EventLog).execute(f"SELECT count(*) FROM {_EVENTS} e WHERE {_UNFILLED}")  # noqa: S608
    return int(count)


def fill(ids: Sequence[int]) -> int:
    """Fill these rows, in one statement; return how many were still to be filled."""
    dialect = dialect_for(EventLog)
    values = [(pk, *_values(data)) for pk, data in _read(dialect, ids)]
    if not values:
        return 0
    source, parameters = dialect.rows(_COLUMNS, values)
    # What somebody has filled by hand stays.
    assignments = ", ".join(f"{name} = coalesce({_EVENTS}.{name}, o.new_{name})" for name in _NAMES)
    sql = f"""
        UPDATE {_EVENTS} SET {assignments} FROM {source}
        WHERE id = o.event_pk AND sender IS NULL AND body IS NULL RETURNING id"""  # noqa: S608
    with dialect.atomic():
        return len(dialect.execute(sql, parameters))


def _values(data: Any) -> tuple[Any, ...]:
    summary = Summary.from_payload(data if isinstance(data, dict) else {}, longest_action=sys.maxsize)
    return (
        summary.action,
        summary.installation_id,
        summary.repository_id,
        summary.repository,
        summary.sender or "",
        summary.number,
    )


def _read(dialect: Dialect, ids: Sequence[int]) -> list[tuple[int, Any]]:
    """Return what the columns are made of, per row: on PostgreSQL the few fields, and not payloads of megabytes."""
    wanted = [dialect.array(ids)]
    if dialect.connection.vendor != "postgresql":
        sql = (
            f"SELECT e.id, e.payload FROM {_EVENTS} e WHERE e.id {dialect.ids} AND {_UNFILLED} ORDER BY e.id"  # noqa: S608
        )
        return [(pk, json.loads(text)) for pk, text in dialect.execute(sql, wanted)]
    fields = ", ".join(f"(e.payload #> '{{{path.replace('.', ',')}}}')::text" for path in _PATHS)
    sql = f"SELECT e.id, {fields} FROM {_EVENTS} e WHERE e.id {dialect.ids} AND {_UNFILLED} ORDER BY e.id"  # noqa: S608
    return [(pk, _nested(values)) for pk, *values in dialect.execute(sql, wanted)]


def _nested(values: Sequence[str | None]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for path, value in zip(_PATHS, values, strict=True):
        holder, _, name = path.rpartition(".")
        (data.setdefault(holder, {}) if holder else data)[name] = None if value is None else json.loads(value)
    return data
