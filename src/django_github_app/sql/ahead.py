"""What waits in a backlog, read ahead: whose each event is, without its body."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django_github_app.models.events import EventLog, EventStatus

from .dialects import Row, dialect_for

__all__ = ["Shares", "are_named", "has_come_in", "newest", "shares", "those", "waiting"]

_EVENTS = EventLog._meta.db_table
_PENDING = int(EventStatus.PENDING)
_COLUMNS = "e.id, e.installation_id, e.repository, e.event, e.action, e.sender, e.lane"


def waiting(
    worker_type: str,
    *,
    after: int,
    limit: int,
    without: Collection[int] = (),
    but: Collection[str] = (),
    up_to: int | None = None,
) -> list[Row]:
    """Return what is pending of a worker type behind an id, oldest first: through the index that looks go by.

    Events of the installations ``without`` are left out, except for those named ``but``: what is read for them has
    no other bound than ``up_to`` an id.
    """
    dialect = dialect_for(EventLog)
    condition = ""
    parameters: list[Any] = [worker_type, after]
    if up_to is not None:
        condition = "AND e.id <= %s"
        parameters.append(up_to)
    if without:
        named = f" OR e.event {dialect.texts}" if but else ""
        condition = (
            f"{condition} AND (e.installation_id IS NULL OR NOT (e.installation_id {dialect.ids}){named})"
        )
        parameters += [dialect.array(list(without)), *([dialect.array(list(but))] if but else [])]
    sql = f"""
        SELECT {_COLUMNS}, e.lost_leases FROM {_EVENTS} e
        WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0 AND e.id > %s {condition}
        ORDER BY e.id LIMIT {int(limit)}"""  # noqa: S608
    return dialect.execute(sql, parameters)


class Shares(NamedTuple):
    """Whose events wait: how many values a column has, and which of them is there most often, how often."""

    found: int
    most: int
    whose: Any


def shares(worker_type: str, column: str, *, after: int, oldest: int, newest: int) -> Shares:
    """Count the values that a column has in what waits behind an id.

    Of the ``oldest`` and the ``newest`` so many rows: who floods is among those, and who comes behind it among these.
    """
    sql = f"""
        SELECT count(*) OVER (), number, value FROM (
            SELECT value, count(*) AS number FROM ({_both_ends(column, oldest, newest)}) AS b GROUP BY value
        ) AS numbers ORDER BY number DESC LIMIT 1"""  # noqa: S608
    rows = dialect_for(EventLog).execute(sql, [worker_type, after] * 2)
    return Shares(*rows[0]) if rows else Shares(0, 0, None)


def has_come_in(
    worker_type: str, *, after: int, limit: int, column: str, but: Shares | None, names: Collection[str]
) -> tuple[int, bool]:
    """Look at the newest that wait behind an id, ``limit`` at most; return the last one, and whether one matters.

    One matters that is an event of these ``names``, or of another than has the most of ``but``.
    """
    dialect = dialect_for(EventLog)
    conditions: list[str] = []
    parameters: list[Any] = []
    if but is not None and but.whose is None:
        conditions.append(f"e.{column} IS NOT NULL")
    elif but is not None:
        conditions.append(f"e.{column} IS NULL OR e.{column} <> %s")
        parameters.append(but.whose)
    if names:
        conditions.append(f"e.event {dialect.texts}")
        parameters.append(dialect.array(list(names)))
    matters = f"CASE WHEN {' OR '.join(conditions)} THEN 1 ELSE 0 END" if conditions else "0"
    sql = f"""
        SELECT coalesce(max(id), 0), coalesce(max(matters), 0) FROM (
            SELECT e.id, {matters} AS matters FROM {_EVENTS} e
            WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0 AND e.id > %s
            ORDER BY e.id DESC LIMIT {int(limit)}
        ) AS n"""  # noqa: S608
    ((last, found),) = dialect.execute(sql, [*parameters, worker_type, after])
    return int(last), bool(found)


def are_named(worker_type: str, names: Collection[str], *, after: int, oldest: int, newest: int) -> bool:
    """Return whether any of what waits behind an id has one of these events' names, of as many rows as `shares`."""
    dialect = dialect_for(EventLog)
    sql = f"SELECT 1 FROM ({_both_ends('event', oldest, newest)}) AS b WHERE value {dialect.texts} LIMIT 1"  # noqa: S608
    return bool(dialect.execute(sql, [*[worker_type, after] * 2, dialect.array(list(names))]))


def _both_ends(column: str, oldest: int, newest: int) -> str:
    """Return a query for a column of what waits behind an id, as ``value``; its parameters are asked for twice."""
    rows = f"""
        SELECT e.id, e.{column} AS value FROM {_EVENTS} e
        WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0 AND e.id > %s"""  # noqa: S608
    return f"""
        SELECT value FROM ({rows} ORDER BY e.id LIMIT {int(oldest)}) AS o
        UNION ALL SELECT value FROM ({rows} ORDER BY e.id DESC LIMIT {int(newest)}) AS n"""  # noqa: S608


def newest(worker_type: str) -> int:
    """Return the greatest id that waits, 0 for none."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT e.id FROM {_EVENTS} e
        WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0
        ORDER BY e.id DESC LIMIT 1"""  # noqa: S608
    found = dialect.execute(sql, [worker_type])
    return int(found[0][0]) if found else 0


def those(ids: Collection[int]) -> list[Row]:
    """Return the same of these events, if they wait."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT {_COLUMNS}, e.lost_leases FROM {_EVENTS} e
        WHERE e.id {dialect.ids} AND e.status + 0 = {_PENDING} ORDER BY e.id"""  # noqa: S608
    return dialect.execute(sql, [dialect.array(sorted(ids))])
