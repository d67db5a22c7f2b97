"""The rows that an archive holds: delete them, or mark them, only while they are what was archived."""

from __future__ import annotations

import datetime as dt
import time
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from django_github_app.models import EventLog
from django_github_app.models.dependents import delete_events, deletion_is_watched
from django_github_app.sql.dialects import Dialect, dialect_for

from .cleanup import Pace
from .policy import EVENTS, FINAL
from .reading import RUNS
from .records import ArchivedEvent, Stamp

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_NEVER = -(2**63)
# Ids per event from which on arrays as long as their range do not pay.
SPARSE = 8
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
    stamps: Stamps,
    *,
    archive_id: int | None = None,
    due: Condition = NO_CONDITION,
    mark: int | None = None,
) -> Iterator[tuple[int, int]]:
    """Delete unchanged rows and their runs in small transactions; yield (read, deleted) after each.

    ``archive_id``: rows that carry this mark, instead of rows that carry none; ``due``: another condition; ``mark``:
    what rows get that may not be deleted, so that they are not archived again and again.
    """
    dialect = dialect_for(EventLog)
    for part in _batches(stamps):
        if deletion_is_watched():
            with dialect.atomic():
                ids = _unchanged(dialect, part.expected, archive_id, due)
                gone = delete_events(ids, dialect.connection.alias)
                kept = sorted(set(ids) - set(gone))
                if kept and mark is not None:
                    EventLog.objects.using(dialect.connection.alias).filter(pk__in=kept).update(archive=mark)
            part.done()
            yield len(part.expected), len(gone)
            continue
        if dialect.is_postgresql and _is_dense(part.expected):
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


def _ends(expected: Expected) -> tuple[int, int]:
    return next(iter(expected)), next(reversed(expected))


def _is_dense(expected: Expected) -> bool:
    first, last = _ends(expected)
    return last - first < SPARSE * len(expected)


def _delete_in_one_statement(
    dialect: Dialect, expected: Expected, archive_id: int | None, due: Condition
) -> int:
    """Delete the rows that still are what was archived, and their runs; PostgreSQL compares them itself."""
    first, last = _ends(expected)
    # What is expected of a row stands at the place of its id in arrays as long as the range of ids: to look there
    # costs a fraction of joining with them. No row has the state -1.
    nothing = (-1, 0, 0)
    of_ids = [expected.get(pk, nothing) for pk in range(first, last + 1)]
    states, tries, ends = zip(*of_ids, strict=True)
    arrays = [dialect.array(states), dialect.array(tries), dialect.array(ends)]
    mark = "e.archive_id IS NULL" if archive_id is None else "e.archive_id = %s"
    marked = [] if archive_id is None else [archive_id]
    condition, more = due
    # The commit need not wait for the disk: should the server fail, the rows are there again, and so is their file,
    # until the statement that settles it is on the disk, and these before it.
    sql = f"""
        WITH gone AS (
            DELETE FROM {EVENTS} e
            WHERE e.id BETWEEN %s AND %s AND e.status = (%b::bigint[])[e.id - %s]
                AND e.attempts = (%b::bigint[])[e.id - %s]
                AND coalesce((extract(epoch FROM e.finished_at) * 1000000)::bigint, {_NEVER})
                    = (%b::bigint[])[e.id - %s]
                AND {mark} AND {condition}
            RETURNING e.id
        ), runs AS (
            DELETE FROM {RUNS} r WHERE r.event_id = ANY(ARRAY(SELECT id FROM gone))
        )
        SELECT count(*), set_config('synchronous_commit', 'off', true) FROM gone"""  # noqa: S608
    before = first - 1
    parameters = [first, last]
    for one in arrays:
        parameters += [one, before]
    ((deleted, _),) = dialect.execute(sql, [*parameters, *marked, *more])
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
        if (status, attempts, _microseconds(None if finished_at is None else dialect.as_moment(finished_at)))
        == expected[pk]
    ]
