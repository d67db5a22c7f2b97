"""The rows that an archive holds: delete them, or mark them, only while they are what was archived."""

from __future__ import annotations

import datetime as dt
import time
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from django_github_app.archives import ArchivedEvent, Stamp
from django_github_app.models import EventLog
from django_github_app.models.sql import Column, Dialect, dialect_for

from .cleanup import Pace
from .policy import EVENTS, FINAL, as_moment
from .rows import RUNS

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_NEVER = -(2**63)
Condition = tuple[str, Sequence[Any]]
# Event id → its state, attempts, and when it was finished.
Expected = dict[int, tuple[int, int, int]]
NO_CONDITION: Condition = ("TRUE", ())


class Stamps:
    """What an archive file holds, in a few bytes per event: id, state, attempts and when it was finished."""

    def __init__(self) -> None:
        self.ids = array("q")
        self._statuses = array("b")
        self._attempts = array("q")
        self._finished = array("q")

    def append(self, stamp: Stamp | ArchivedEvent) -> None:
        self.ids.append(stamp.id)
        self._statuses.append(int(FINAL[stamp.status]))
        self._attempts.append(stamp.attempts)
        self._finished.append(_microseconds(stamp.finished_at))

    def __len__(self) -> int:
        return len(self.ids)

    def slice(self, start: int, size: int) -> Expected:
        """Return id → (status, attempts, finished) of ``size`` events."""
        part = slice(start, start + size)
        values = zip(self._statuses[part], self._attempts[part], self._finished[part], strict=True)
        return dict(zip(self.ids[part], values, strict=True))


def _microseconds(moment: dt.datetime | None) -> int:
    return _NEVER if moment is None else (moment - _EPOCH) // _MICROSECOND


def delete_rows(
    stamps: Stamps, *, archive_id: int | None = None, due: Condition = NO_CONDITION
) -> Iterator[tuple[int, int]]:
    """Delete unchanged rows and their runs in small transactions; yield (read, deleted) after each.

    ``archive_id``: rows that carry this mark, instead of rows that carry none; ``due``: another condition.
    """
    dialect = dialect_for(EventLog)
    for part in _batches(stamps):
        if dialect.connection.vendor == "postgresql":
            deleted = _delete_in_one_statement(dialect, part.expected, archive_id, due)
            part.done()
            yield len(part.expected), deleted
            continue
        with dialect.atomic():
            ids = _unchanged(dialect, part.expected, archive_id, due)
            if ids:
                wanted = [dialect.array(ids)]
                dialect.execute(f"DELETE FROM {RUNS} WHERE event_id {dialect.ids}", wanted)  # noqa: S608
                dialect.execute(f"DELETE FROM {EVENTS} WHERE id {dialect.ids}", wanted)  # noqa: S608
        part.done()
        yield len(part.expected), len(ids)


_STAMP_COLUMNS = (
    Column("pk", "bigint"),
    Column("state", "smallint"),
    Column("tries", "integer"),
    Column("ended", "timestamptz"),
)


def _delete_in_one_statement(
    dialect: Dialect, expected: Expected, archive_id: int | None, due: Condition
) -> int:
    """Delete the rows that still are what was archived, and their runs; PostgreSQL compares them itself."""
    rows = [
        (pk, status, attempts, None if ended == _NEVER else _EPOCH + ended * _MICROSECOND)
        for pk, (status, attempts, ended) in expected.items()
    ]
    source, parameters = dialect.rows(_STAMP_COLUMNS, rows)
    bounds = [rows[0][0], rows[-1][0]]
    mark = "e.archive_id IS NULL" if archive_id is None else "e.archive_id = %s"
    condition, more = due
    # The ranges tell the planner what the arrays do not: that these rows lie side by side.
    sql = f"""
        WITH gone AS (
            DELETE FROM {EVENTS} e USING {source}
            WHERE e.id = o.pk AND e.id BETWEEN %s AND %s AND e.status = o.state AND e.attempts = o.tries
                AND e.finished_at IS NOT DISTINCT FROM o.ended AND {mark} AND {condition}
            RETURNING e.id
        ), runs AS (
            DELETE FROM {RUNS} r USING gone WHERE r.event_id = gone.id AND r.event_id BETWEEN %s AND %s
        )
        SELECT count(*) FROM gone"""  # noqa: S608
    marked = [] if archive_id is None else [archive_id]
    ((deleted,),) = dialect.execute(sql, [*parameters, *bounds, *marked, *more, *bounds])
    return int(deleted)


def mark_rows(stamps: Stamps, archive_id: int) -> Iterator[tuple[int, int]]:
    """Mark unchanged rows as held by an archive, in small transactions; yield (read, marked) after each."""
    dialect = dialect_for(EventLog)
    for part in _batches(stamps):
        with dialect.atomic():
            ids = _unchanged(dialect, part.expected)
            if ids:
                dialect.execute(
                    f"UPDATE {EVENTS} SET archive_id = %s WHERE id {dialect.ids}",  # noqa: S608
                    [archive_id, dialect.array(ids)],
                )
        part.done()
        yield len(part.expected), len(ids)


def unmark_rows(archive_id: int) -> Iterator[int]:
    """Take the mark off the rows of an archive that is gone; yield their number after each transaction."""
    dialect = dialect_for(EventLog)
    pace = Pace()
    choose = f"SELECT id FROM {EVENTS} WHERE archive_id = %s ORDER BY id LIMIT %s"  # noqa: S608
    while ids := [row[0] for row in dialect.execute(choose, [archive_id, pace.size])]:
        started = time.monotonic()
        dialect.execute(
            f"UPDATE {EVENTS} SET archive_id = NULL WHERE id {dialect.ids} AND archive_id = %s",  # noqa: S608
            [dialect.array(ids), archive_id],
        )
        pace.adjust(len(ids), time.monotonic() - started)
        yield len(ids)


class _Part:
    def __init__(self, expected: Expected, pace: Pace) -> None:
        self.expected = expected
        self._pace = pace
        self._started = time.monotonic()

    def done(self) -> None:
        self._pace.adjust(len(self.expected), time.monotonic() - self._started)


def _batches(stamps: Stamps) -> Iterator[_Part]:
    pace = Pace()
    start = 0
    while start < len(stamps):
        expected = stamps.slice(start, pace.size)
        start += len(expected)
        yield _Part(expected, pace)


def _unchanged(
    dialect: Dialect,
    expected: Expected,
    archive_id: int | None = None,
    due: Condition = NO_CONDITION,
) -> list[int]:
    """Return the ids of rows that still are what was archived, locked until the transaction ends.

    A row that somebody is changing at this moment is passed over.
    """
    mark = "archive_id IS NULL" if archive_id is None else "archive_id = %s"
    parameters = [] if archive_id is None else [archive_id]
    condition, more = due
    sql = f"""
        SELECT e.id, e.status, e.attempts, e.finished_at FROM {EVENTS} e
        WHERE e.id {dialect.ids} AND e.{mark} AND {condition} ORDER BY e.id {dialect.skip_locked}"""  # noqa: S608
    return [
        pk
        for pk, status, attempts, finished_at in dialect.execute(
            sql, [dialect.array(list(expected)), *parameters, *more]
        )
        if (status, attempts, _microseconds(None if finished_at is None else as_moment(finished_at)))
        == expected[pk]
    ]
