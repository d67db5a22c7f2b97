"""Events that wait: which a worker should be told of, and which worker types let theirs wait.

Every look is for one worker type, through the index of what is unfinished, and reads a bounded number of rows: a type
without workers, with a backlog of any size, costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django_github_app.models.events import EventLog, EventStatus
from django_github_app.models.lanes import WorkerTypeProgress

from .dialects import Dialect, dialect_for
from .lanes import SEEN_LATELY, held, oldest, window

_EVENTS = EventLog._meta.db_table
_PROGRESS = WorkerTypeProgress._meta.db_table
_PENDING, _PROCESSING, _RETRYING = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING)
)
# Rows that one look reads at most; the next one goes on behind them.
MOST_READ = 20_000
# Events to be tried again are few, until GitHub is away for hours: then all are, and when nobody works, all are due.
MOST_RETRIES_READ = 50_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Events of one worker type that wait; ``last`` is where the next look goes on: 0, at the oldest."""

    pending: Sequence[int] = ()
    last: int = 0
    alone: frozenset[int] = frozenset()
    """Those of the pending ones that have taken a worker down: each is run apart from all others."""


@dataclass(frozen=True, slots=True)
class Due:
    """Events of one type that are to be tried again; the next look is ``since`` ``last``: None, at the oldest."""

    ids: Sequence[int] = ()
    last: tuple[Any, int] | None = None


def waiting_types() -> list[str]:
    """Return the worker types that events wait for: new ones, or to be tried again."""
    dialect = dialect_for(EventLog)
    # From one type to the next through the index: DISTINCT would read every event that waits.
    found = (
        f"SELECT min(worker_type) FROM {_EVENTS} WHERE status = {status} {{}}"  # noqa: S608
        for status in (_PENDING, _RETRYING)
    )
    walks = (
        f"""SELECT name FROM (
            WITH RECURSIVE types(name) AS (
                SELECT ({one.format("")})
                UNION ALL
                SELECT ({one.format("AND worker_type > types.name")}) FROM types WHERE types.name IS NOT NULL
            ) SELECT name FROM types WHERE name IS NOT NULL) AS found"""  # noqa: S608
        for one in found
    )
    return sorted(name for (name,) in dialect.execute(" UNION ".join(walks)))


def find_retries(
    worker_type: str,
    *,
    limit: int,
    grace: float,
    longest: float | None = None,
    since: tuple[Any, int] | None = None,
) -> Due:
    """Return events of one type that are to be tried again now, at most ``limit``; as to the rest, `find_waiting`."""
    dialect = dialect_for(EventLog)
    again = _waited_again(dialect, "e.next_attempt_at", grace, longest)
    from_there, parameters = "", []
    if since is not None:
        # By id too: any number of events may be due at one moment, when a rate limit ends.
        from_there = "AND e.next_attempt_at >= %s AND (e.next_attempt_at > %s OR e.id > %s)"
        parameters = [since[0], *since]
    sql = f"""
        WITH read AS (
            SELECT e.id, e.next_attempt_at, e.published_at FROM {_EVENTS} e
            WHERE e.status = {_RETRYING} AND e.worker_type = %s
                AND e.next_attempt_at <= {dialect.now} {from_there}
            ORDER BY e.next_attempt_at, e.id LIMIT {MOST_RETRIES_READ}
        ), found AS (
            SELECT e.id, e.next_attempt_at FROM read e WHERE e.published_at IS NULL OR {again}
            ORDER BY e.next_attempt_at, e.id LIMIT {int(limit)}
        )
        SELECT id, row_number() OVER (ORDER BY next_attempt_at, id), -1, NULL FROM found
        UNION ALL SELECT * FROM (
            SELECT id, 0, (SELECT count(*) FROM read), next_attempt_at FROM read
            ORDER BY next_attempt_at DESC, id DESC LIMIT 1
        ) last"""  # noqa: S608
    rows = sorted(dialect.execute(sql, [worker_type, *parameters]), key=itemgetter(1))
    if not rows:
        return Due()
    (last, _, read, at), *due = rows
    return Due([pk for pk, *_ in due], (at, last) if read >= MOST_RETRIES_READ else None)


def find_waiting(
    worker_type: str,
    *,
    limit: int,
    grace: float,
    longest: float | None = None,
    after: int = 0,
) -> Waiting:
    """Return events of one type that a worker should be told of (again), at most ``limit``.

    Those are PENDING events that no worker took within ``grace`` seconds of being stored, unless an older event of
    their lane is still to run. What was published before comes again when it has waited as long again as it had
    waited then, ``grace`` to ``longest`` seconds (``longest`` None: each ``grace`` seconds).
    """
    dialect = dialect_for(EventLog)
    columns = "e.id, e.worker_type, e.lane, e.published_at, e.received_at, e.lost_leases"
    of_type = f"FROM {_EVENTS} e WHERE e.status = {_PENDING} AND e.worker_type = %s"
    sql = f"""
        WITH read AS (
            SELECT {columns} {of_type} AND coalesce(e.priority, 0) = 0 AND e.id > %s
            ORDER BY e.id LIMIT {MOST_READ}
        ), hurried AS (
            SELECT {columns} {of_type} AND coalesce(e.priority, 0) > 0 ORDER BY e.id LIMIT {int(limit)}
        ), both_kinds AS (
            SELECT * FROM read UNION ALL SELECT * FROM hurried
        ), firsts AS MATERIALIZED (
            SELECT e.* FROM both_kinds e JOIN ({oldest("both_kinds")}) o ON o.id = e.id
        ), found AS (
            SELECT e.id, e.lost_leases FROM firsts e
            WHERE CASE WHEN e.published_at IS NULL
                THEN {dialect.seconds_between(dialect.now, "e.received_at")} > {float(grace)}
                ELSE {_waited_again(dialect, "e.received_at", grace, longest)} END
            AND NOT {held(dialect)[0]}
            ORDER BY e.id LIMIT {int(limit)}
        )
        SELECT id, -1, lost_leases FROM found UNION ALL SELECT max(id), count(*), 0 FROM read"""  # noqa: S608
    rows = dialect.execute(sql, [worker_type, after, worker_type])
    *found, (last, read, _) = sorted(rows, key=itemgetter(1))
    ids = sorted(pk for pk, _, _ in found)
    if len(ids) == limit:
        last = ids[-1]
    elif read < MOST_READ:
        last = 0
    return Waiting(ids, last, frozenset(pk for pk, _, lost in found if lost))


def _waited_again(dialect: Dialect, since: str, grace: float, longest: float | None) -> str:
    longest = grace if longest is None else max(longest, grace)
    then = dialect.seconds_between("e.published_at", since)
    wanted = f"{dialect.least}({dialect.greatest}({then}, {float(grace)}), {float(longest)})"
    return f"{dialect.seconds_between(dialect.now, 'e.published_at')} > {wanted}"


def mark_published(ids: Sequence[int], *, undo: bool = False) -> None:
    """Note that the events were published now, so that the next sweep leaves them for a while.

    Those that were hurried once are so again. ``undo``: they were not published after all.
    """
    if not ids:
        return
    dialect = dialect_for(EventLog)
    sql = f"""
        UPDATE {_EVENTS} SET published_at = {"NULL" if undo else dialect.now},
            priority = CASE WHEN priority > 0 THEN {window(dialect)} ELSE priority END
        WHERE id {dialect.ids} AND status + 0 IN ({_PENDING}, {_RETRYING})"""  # noqa: S608
    dialect.execute(sql, [dialect.array(ids)])


def note_progress(worker_types: Collection[str]) -> None:
    """Note for each worker type that events wait for whether any were taken since the last look."""
    dialect = dialect_for(EventLog)
    free = {one: oldest for one in worker_types if (oldest := _oldest_free(dialect, one)) is not None}
    for worker_type, oldest in free.items():
        _note(dialect, worker_type, oldest)
    names = sorted(free)
    kept = dialect.array(names) if names else None
    condition = f"WHERE NOT (worker_type {dialect.texts})" if names else ""
    dialect.execute(f"DELETE FROM {_PROGRESS} {condition}", [kept] if names else [])  # noqa: S608


def _oldest_free(dialect: Dialect, worker_type: str) -> int | None:
    sql = f"""
        WITH read AS (
            SELECT id, lane, worker_type FROM {_EVENTS}
            WHERE status = {_PENDING} AND worker_type = %s AND coalesce(priority, 0) = 0
            ORDER BY id LIMIT 1000
        ), firsts AS MATERIALIZED (
            SELECT e.* FROM read e JOIN ({oldest("read")}) o ON o.id = e.id
        )
        SELECT e.id FROM firsts e WHERE NOT {held(dialect)[0]} ORDER BY e.id LIMIT 1"""  # noqa: S608
    rows = dialect.execute(sql, [worker_type])
    return int(rows[0][0]) if rows else None


def _note(dialect: Dialect, worker_type: str, oldest: int) -> None:
    moved = f"""p.oldest_id <> excluded.oldest_id
        OR {dialect.seconds_between(dialect.now, "p.seen_at")} > {SEEN_LATELY}
        OR EXISTS (
            SELECT 1 FROM {_EVENTS} running
            WHERE running.status - {_PROCESSING} = 0 AND running.lease_expires_at >= {dialect.now}
            AND running.worker_type = excluded.worker_type
        )"""  # noqa: S608
    sql = f"""
        INSERT INTO {_PROGRESS} AS p (worker_type, oldest_id, moved_at, seen_at)
        VALUES (%s, %s, {dialect.now}, {dialect.now})
        ON CONFLICT (worker_type) DO UPDATE SET
            moved_at = CASE WHEN {moved} THEN excluded.moved_at ELSE p.moved_at END,
            oldest_id = excluded.oldest_id, seen_at = excluded.seen_at"""  # noqa: S608
    dialect.execute(sql, [worker_type, oldest])


__all__ = [
    "Due",
    "Waiting",
    "find_retries",
    "find_waiting",
    "mark_published",
    "note_progress",
    "waiting_types",
]
