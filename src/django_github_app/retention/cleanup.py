"""Delete old events in small transactions, their ledger with them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django_github_app.conf import app_settings
from django_github_app.models import EventLog, HandlerRun
from django_github_app.models.dependents import delete_events, deletion_is_watched
from django_github_app.sql.dialects import Dialect, dialect_for

from .policy import EVENTS, Cutoffs, is_thorough_hour, last_due_id
from .throttle import Throttle

RUNS = HandlerRun._meta.db_table
TARGET_SECONDS = 0.04
LONGEST_SECONDS = 0.06
SMALLEST_BATCH = 100


@dataclass(slots=True)
class Pace:
    """The size of the next batch: as many rows as take about `TARGET_SECONDS`, within the setting."""

    largest: int = field(default_factory=lambda: max(1, app_settings.RETENTION_BATCH_SIZE))
    size: int = 0

    def __post_init__(self) -> None:
        self.size = min(self.largest, 500)

    def adjust(self, rows: int, seconds: float) -> None:
        """Take account of a batch of ``rows`` that took ``seconds``."""
        if seconds > LONGEST_SECONDS:
            self.size = max(SMALLEST_BATCH, int(self.size * TARGET_SECONDS / seconds))
        elif rows >= self.size and seconds < TARGET_SECONDS:
            self.size = self.size * 2
        self.size = min(self.size, self.largest)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction deleted, and where the next one goes on."""

    deleted: int
    after: int
    seconds: float


def delete_due(
    cutoffs: Cutoffs, *, only: Sequence[int] = (), after: int | None = None, pace: Pace | None = None
) -> Iterator[Batch]:
    """Delete the events that are due (of the ids ``only``), oldest ids first; yield after every transaction.

    ``after`` is where an earlier run stopped. Whoever stops in the middle has deleted whole events only.
    """
    dialect = dialect_for(EventLog)
    condition, parameters = cutoffs.condition(dialect)
    bound = max(only) if only else last_due_id(cutoffs.latest, thorough=is_thorough_hour())
    if only:
        condition = f"{condition} AND e.id {dialect.ids}"
        parameters = [*parameters, dialect.array(only)]
    return Throttle().each(
        _delete_batches(Pace() if pace is None else pace, after, bound, condition, parameters)
    )


def _delete_batches(
    pace: Pace, after: int | None, bound: int, condition: str, parameters: Sequence[Any]
) -> Iterator[Batch]:
    dialect = dialect_for(EventLog)
    position = -(2**63) if after is None else after
    choose = f"""
        SELECT e.id FROM {EVENTS} e WHERE e.id > %s AND e.id <= %s AND {condition}
        ORDER BY e.id LIMIT %s"""  # noqa: S608
    while True:
        wanted = pace.size
        ids = [row[0] for row in dialect.execute(choose, [position, bound, *parameters, wanted])]
        if not ids:
            return
        started = time.monotonic()
        deleted = _delete_range(dialect, ids[0], ids[-1], condition, parameters)
        seconds = time.monotonic() - started
        pace.adjust(len(ids), seconds)
        position = ids[-1]
        yield Batch(deleted, position, seconds)


def _delete_range(dialect: Dialect, first: int, last: int, condition: str, parameters: Sequence[Any]) -> int:
    """Delete what is due in a range of ids, with its runs; rows may have moved since they were chosen."""
    within = "BETWEEN %s AND %s"
    if deletion_is_watched():
        with dialect.atomic():
            due = f"SELECT e.id FROM {EVENTS} e WHERE e.id {within} AND {condition} {dialect.skip_locked}"  # noqa: S608
            ids = [row[0] for row in dialect.execute(due, [first, last, *parameters])]
            return len(delete_events(ids, dialect.connection.alias))
    if dialect.is_postgresql:
        # One statement sees one snapshot: a run cannot appear between the two deletes. The commit need not wait for
        # the disk: rows that are there again after the server failed are deleted by the next run.
        sql = f"""
            WITH gone AS (
                DELETE FROM {EVENTS} e WHERE e.id {within} AND {condition} RETURNING e.id
            ), runs AS (
                DELETE FROM {RUNS} r WHERE r.event_id = ANY(ARRAY(SELECT id FROM gone))
            )
            SELECT count(*), set_config('synchronous_commit', 'off', true) FROM gone"""  # noqa: S608
        ((deleted, _),) = dialect.execute(sql, [first, last, *parameters])
        return int(deleted)
    with dialect.atomic():
        due = f"SELECT e.id FROM {EVENTS} e WHERE e.id {within} AND {condition}"  # noqa: S608
        dialect.execute(f"DELETE FROM {RUNS} WHERE event_id IN ({due})", [first, last, *parameters])  # noqa: S608
        with dialect.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {EVENTS} WHERE id IN ({due})", [first, last, *parameters])  # noqa: S608
            return int(cursor.rowcount)
