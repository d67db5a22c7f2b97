"""Read events for an archive: by ranges of the primary key, a few megabytes at a time.

`Selection` asks the database, in the thread that has the connection; `events_of` makes events of what it answered,
in any thread.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import zstandard

from django_github_app.bodies import frames
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.process.clock import as_utc
from django_github_app.sql.columns import ARCHIVED, EVENT_COLUMNS
from django_github_app.sql.dialects import Dialect, Row, dialect_for

from .policy import EVENTS, Cutoffs
from .records import ArchivedEvent, ArchivedRun

RUNS = HandlerRun._meta.db_table
CANDIDATES = 4000
GROUP_EVENTS = 1000
GROUP_BYTES = 4 * 1024 * 1024
STATUS_NAMES = {int(status): status.label for status in EventStatus}
_MOMENTS = [ARCHIVED.index(c.name) for c in EVENT_COLUMNS if c.type == "timestamptz"]
_STATUS = ARCHIVED.index("status")
_FORM_ENCODED = ARCHIVED.index("form_encoded")
RUN_STATUS_NAMES = {int(status): status.label for status in RunStatus}

# In the order in which `_run` unpacks them.
RUN_COLUMNS = (
    "event_id, id, kind, handler, position, status, attempts, started_at, duration_ms, next_attempt_at, error, "
    "traceback, command, arguments, actor, tries, checkpoint, checkpointed_at"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Events as the database gave them, with their runs, both in order."""

    rows: list[Row]
    runs: list[Row]
    zone: dt.tzinfo = dt.UTC
    """Of those times in them that name none."""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Held:
    """The events of a day, up to an id, that a file holds whose rows are still there."""

    day: dt.date
    last_id: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Due events that no archive holds, up to an id; of one day (UTC), and of some ids, if those are given."""

    cutoffs: Cutoffs
    bound: int
    day: dt.date | None = None
    only: Sequence[int] = ()

    def condition(self, dialect: Dialect) -> tuple[str, list[Any]]:
        sql, parameters = self.cutoffs.condition(dialect)
        sql = f"{sql} AND e.archive_id IS NULL"
        if self.day is not None:
            parameters += _day(dialect, self.day)
            sql = f"{sql} AND e.received_at >= %s AND e.received_at < %s"
        if self.only:
            parameters.append(dialect.array(self.only))
            sql = f"{sql} AND e.id {dialect.ids}"
        return sql, parameters

    def first(self, after: int, held: Sequence[Held] = ()) -> tuple[int, dt.datetime] | None:
        """Return the id and receive time of the first selected event after an id that is not ``held``."""
        dialect = dialect_for(EventLog)
        condition, parameters = self.condition(dialect)
        for one in held:
            condition = f"{condition} AND NOT (e.id <= %s AND e.received_at >= %s AND e.received_at < %s)"
            parameters += [one.last_id, *_day(dialect, one.day)]
        sql = f"""
            SELECT e.id, e.received_at FROM {EVENTS} e
            WHERE e.id > %s AND e.id <= %s AND {condition} ORDER BY e.id LIMIT 1"""  # noqa: S608
        found = dialect.execute(sql, [after, self.bound, *parameters])
        return (int(found[0][0]), dialect.as_moment(found[0][1])) if found else None

    def groups(self, after: int) -> Iterator[Group]:
        """Yield the selected events after an id, in order of their ids, each as one statement saw it.

        No transaction or cursor stays open between them, so vacuum and pooled connections do not notice.
        """
        dialect = dialect_for(EventLog)
        condition, parameters = self.condition(dialect)
        postgres = dialect.is_postgresql
        # Sizes first, which reads no body that lies outside its row; then bodies, a few megabytes at a time.
        legacy_size = "pg_column_size(e.payload)" if postgres else "length(e.payload)"
        choose = f"""
            SELECT e.id, coalesce(length(e.body), 0) + coalesce({legacy_size}, 0) FROM {EVENTS} e
            WHERE e.id > %s AND e.id <= %s AND {condition} ORDER BY e.id LIMIT {CANDIDATES}"""  # noqa: S608
        while sizes := dialect.execute(choose, [after, self.bound, *parameters]):
            for ids in _split(sizes):
                if group := _read(dialect, ids):
                    yield group
            after = sizes[-1][0]


def _day(dialect: Dialect, day: dt.date) -> list[Any]:
    start = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    return [dialect.moment(start + dt.timedelta(days=d)) for d in (0, 1)]


def _split(sizes: Sequence[Row]) -> Iterator[list[int]]:
    ids: list[int] = []
    total = 0
    for pk, size in sizes:
        if ids and (total + size > GROUP_BYTES or len(ids) == GROUP_EVENTS):
            yield ids
            ids, total = [], 0
        ids.append(pk)
        total += size
    yield ids


def _read(dialect: Dialect, ids: Sequence[int]) -> Group:
    """Return those rows of ``ids`` that are in a final state."""
    wanted = dialect.array(ids)
    legacy = "payload::text" if dialect.is_postgresql else "payload"
    events = f"""
        SELECT {", ".join(ARCHIVED)}, body, {legacy} FROM {EVENTS} e
        WHERE e.id {dialect.ids} AND e.status >= {int(EventStatus.DONE)} ORDER BY e.id"""  # noqa: S608
    runs = f"""
        SELECT {RUN_COLUMNS} FROM {RUNS} WHERE event_id {dialect.ids} ORDER BY event_id, id"""  # noqa: S608
    return Group(dialect.execute(events, [wanted]), dialect.execute(runs, [wanted]), dialect.time_zone)


def events_of(group: Group) -> Iterator[ArchivedEvent]:
    """Yield the events of a group, one after the other: their bodies together may be large."""
    runs: dict[int, list[ArchivedRun]] = {}
    for row in group.runs:
        runs.setdefault(row[0], []).append(_run(row, group.zone))
    for row in group.rows:
        event = _event(row, group.zone)
        if found := runs.get(event.id):
            event.runs = found
        yield event


def _event(row: Row, zone: dt.tzinfo) -> ArchivedEvent:
    *values, frame, legacy = row
    for at in _MOMENTS:
        if values[at] is not None:
            values[at] = as_utc(values[at], zone)
    values[_STATUS] = STATUS_NAMES[values[_STATUS]]
    values[_FORM_ENCODED] = bool(values[_FORM_ENCODED])
    # By position: through a dict this took longer than encoding the event.
    event = ArchivedEvent(*values)
    if legacy is not None:
        event.legacy = legacy
    if frame is not None:
        try:
            event.body = frames.decompress(frame)
        except zstandard.ZstdError:  # damaged in the database: keep what there is
            event.frame = bytes(frame)
    return event


def _run(row: Row, zone: dt.tzinfo) -> ArchivedRun:
    (
        _,
        pk,
        kind,
        handler,
        position,
        status,
        attempts,
        started_at,
        duration_ms,
        next_attempt_at,
        error,
        traceback,
        command,
        arguments,
        actor,
        tries,
        checkpoint,
        checkpointed_at,
    ) = row
    return ArchivedRun(
        id=pk,
        kind=kind,
        handler=handler,
        position=position,
        status=RUN_STATUS_NAMES[status],
        attempts=attempts,
        started_at=as_utc(started_at, zone),
        duration_ms=duration_ms,
        next_attempt_at=_moment(next_attempt_at, zone),
        error=error,
        traceback=traceback,
        command=command,
        arguments=arguments,
        actor=actor,
        tries=tries,
        checkpoint=checkpoint,
        checkpointed_at=_moment(checkpointed_at, zone),
    )


def _moment(value: dt.datetime | str | None, zone: dt.tzinfo) -> dt.datetime | None:
    return None if value is None else as_utc(value, zone)
