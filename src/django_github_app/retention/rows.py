"""Read events for an archive: by ranges of the primary key, a few megabytes at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import zstandard

from django_github_app import bodies
from django_github_app.archives import ArchivedEvent, ArchivedRun
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.models.sql import Dialect, dialect_for

from .policy import EVENTS, Cutoffs, as_moment, moment_parameter

RUNS = HandlerRun._meta.db_table
CANDIDATES = 2000
GROUP_BYTES = 4 * 1024 * 1024
STATUS_NAMES = {int(status): status.label for status in EventStatus}
RUN_STATUS_NAMES = {int(status): status.label for status in RunStatus}

PLAIN_COLUMNS = (
    *("id", "attempts", "event", "action", "delivery", "hook_id", "target_id", "installation_id"),
    *("repository_id", "repository", "sender", "number", "worker_type", "lane", "lost_leases"),
)
TIME_COLUMNS = (
    *("received_at", "finished_at", "lease_expires_at", "next_attempt_at", "published_at", "restored_at"),
)
RUN_COLUMNS = (
    *("id", "kind", "handler", "position", "attempts", "duration_ms"),
    *("error", "traceback", "command", "arguments", "actor"),
)
RUN_TIME_COLUMNS = ("started_at", "next_attempt_at")


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
            start = dt.datetime.combine(self.day, dt.time(), tzinfo=dt.UTC)
            parameters += [moment_parameter(dialect, start + dt.timedelta(days=d)) for d in (0, 1)]
            sql = f"{sql} AND e.received_at >= %s AND e.received_at < %s"
        if self.only:
            parameters.append(dialect.array(self.only))
            sql = f"{sql} AND e.id {dialect.ids}"
        return sql, parameters

    def first(self, after: int) -> tuple[int, dt.datetime] | None:
        """Return the id and receive time of the first selected event after an id."""
        dialect = dialect_for(EventLog)
        condition, parameters = self.condition(dialect)
        sql = f"""
            SELECT e.id, e.received_at FROM {EVENTS} e
            WHERE e.id > %s AND e.id <= %s AND {condition} ORDER BY e.id LIMIT 1"""  # noqa: S608
        found = dialect.execute(sql, [after, self.bound, *parameters])
        return (int(found[0][0]), as_moment(found[0][1])) if found else None

    def events(self, after: int) -> Iterator[ArchivedEvent]:
        """Yield the selected events after an id, in order of their ids, each as one statement saw it.

        No transaction or cursor stays open between them, so vacuum and pooled connections do not notice.
        """
        dialect = dialect_for(EventLog)
        condition, parameters = self.condition(dialect)
        postgres = dialect.connection.vendor == "postgresql"
        # Sizes first, which reads no body that lies outside its row; then bodies, a few megabytes at a time.
        legacy_size = "pg_column_size(e.payload)" if postgres else "length(e.payload)"
        choose = f"""
            SELECT e.id, coalesce(length(e.body), 0) + coalesce({legacy_size}, 0) FROM {EVENTS} e
            WHERE e.id > %s AND e.id <= %s AND {condition} ORDER BY e.id LIMIT {CANDIDATES}"""  # noqa: S608
        while sizes := dialect.execute(choose, [after, self.bound, *parameters]):
            for ids in _groups(sizes):
                yield from read_events(ids)
            after = sizes[-1][0]


def _groups(sizes: Sequence[tuple[Any, ...]]) -> Iterator[list[int]]:
    group: list[int] = []
    total = 0
    for pk, size in sizes:
        if group and total + size > GROUP_BYTES:
            yield group
            group, total = [], 0
        group.append(pk)
        total += size
    yield group


def read_events(ids: Sequence[int]) -> Iterator[ArchivedEvent]:
    """Yield the rows with these ids that are in a final state, with their runs, in order."""
    dialect = dialect_for(EventLog)
    postgres = dialect.connection.vendor == "postgresql"
    columns = [*PLAIN_COLUMNS, "status", "form_encoded", *TIME_COLUMNS, "body"]
    picked = ", ".join(f"e.{name}" for name in columns) + (", e.payload::text" if postgres else ", e.payload")
    sql = f"""
        SELECT {picked} FROM {EVENTS} e WHERE e.id {dialect.ids} AND e.status >= {int(EventStatus.DONE)}
        ORDER BY e.id"""  # noqa: S608
    wanted = dialect.array(ids)
    rows = dialect.execute(sql, [wanted])
    runs = _runs(dialect, wanted)
    plain = len(PLAIN_COLUMNS)
    times = slice(plain + 2, plain + 2 + len(TIME_COLUMNS))
    for row in rows:
        values: dict[str, Any] = dict(zip(PLAIN_COLUMNS, row, strict=False))
        for name, moment in zip(TIME_COLUMNS, row[times], strict=True):
            if moment is not None:
                values[name] = as_moment(moment)
        event = ArchivedEvent(
            **values,
            status=STATUS_NAMES[row[plain]],
            form_encoded=bool(row[plain + 1]),
            runs=runs.get(row[0], []),
        )
        frame, legacy = row[-2:]
        if legacy is not None:
            event.legacy = legacy
        if frame is not None:
            try:
                event.body = bodies.decompress(frame)
            except zstandard.ZstdError:  # damaged in the database: keep what there is
                event.frame = bytes(frame)
        yield event


def _runs(dialect: Dialect, wanted: Any) -> dict[int, list[ArchivedRun]]:
    columns = ["event_id", *RUN_COLUMNS, "status", *RUN_TIME_COLUMNS]
    sql = f"SELECT {', '.join(columns)} FROM {RUNS} WHERE event_id {dialect.ids} ORDER BY event_id, id"  # noqa: S608
    runs: dict[int, list[ArchivedRun]] = {}
    plain = len(RUN_COLUMNS) + 1
    for row in dialect.execute(sql, [wanted]):
        started_at, next_attempt_at = row[plain + 1 :]
        run = ArchivedRun(
            **dict(zip(RUN_COLUMNS, row[1:plain], strict=True)),
            status=RUN_STATUS_NAMES[row[plain]],
            started_at=as_moment(started_at),
            next_attempt_at=None if next_attempt_at is None else as_moment(next_attempt_at),
        )
        runs.setdefault(row[0], []).append(run)
    return runs
