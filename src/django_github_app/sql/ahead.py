"""What waits in a backlog, read ahead: whose each event is, without its body."""

from __future__ import annotations

from collections.abc import Collection

from django_github_app.models.events import EventLog, EventStatus

from .dialects import Row, dialect_for

__all__ = ["those", "waiting"]

_EVENTS = EventLog._meta.db_table
_PENDING = int(EventStatus.PENDING)
_COLUMNS = "e.id, e.installation_id, e.repository, e.event, e.action, e.sender, e.lane"


def waiting(worker_type: str, *, after: int, limit: int) -> list[Row]:
    """Return what is pending of a worker type behind an id, oldest first: through the index that looks go by."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT {_COLUMNS}, e.lost_leases FROM {_EVENTS} e
        WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0 AND e.id > %s
        ORDER BY e.id LIMIT {int(limit)}"""  # noqa: S608
    return dialect.execute(sql, [worker_type, after])


def those(ids: Collection[int]) -> list[Row]:
    """Return the same of these events, if they wait."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT {_COLUMNS}, e.lost_leases FROM {_EVENTS} e
        WHERE e.id {dialect.ids} AND e.status + 0 = {_PENDING} ORDER BY e.id"""  # noqa: S608
    return dialect.execute(sql, [dialect.array(sorted(ids))])
