"""What a woken worker takes: whatever is pending of its type, oldest first, up to a limit, in one statement.

A look begins at an id below which this worker has seen everything (`execution.frontier`): what is finished leaves
dead entries in every index until vacuum comes, which it cannot while any session holds a snapshot, and a look from
the beginning would read them all. It goes no further than `MOST_READ` times its limit, so that lanes that are held,
however long they are, keep no look busy.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError

from django_github_app.models.events import EventLog, EventStatus

from .claims import Claimed, as_claimed, claim, claiming, returning
from .dialects import Dialect, Row, dialect_for
from .lanes import NO_BOUNDS, WINDOW, LaneBounds, held, lane_of, oldest, window
from .outcomes import Statement, in_one_go

_EVENTS = EventLog._meta.db_table
_PENDING, _RETRYING = int(EventStatus.PENDING), int(EventStatus.RETRYING)
# Events that one look reads, in times of its limit.
MOST_READ = 4
# Seconds after which what is hurried, or due again, is left to the sweep, whose message names it: from the beginning
# both would be read past all that ever were.
LATELY = 60


@dataclass(frozen=True, slots=True)
class Taken:
    """What was claimed, and what the look says about the rest."""

    claimed: list[Claimed] = field(default_factory=list)
    last: int | None = None
    """The last event that was looked at; None: none waits."""
    more: bool = False
    """Whether there is more behind ``last``."""


def take(
    worker_type: str,
    *,
    after: int,
    limit: int,
    lease: float,
    unordered: Collection[str] = (),
    bounds: LaneBounds = NO_BOUNDS,
) -> Taken:
    """Claim up to ``limit`` pending events of a worker type with ids from ``after`` on, oldest first.

    Left alone: what `claims.claim` leaves alone, and events that have taken a worker down; those are claimed by their
    id, so that they share a batch with nobody. So are those that are hurried, or to be tried again: a statement that
    looks for them too takes PostgreSQL a third longer to plan, and an event that comes alone waits for that.
    """
    dialect = dialect_for(EventLog)
    most = limit * MOST_READ
    update, parameters = claiming(dialect, lease, unordered)
    is_held, holding = held(dialect, unordered, bounds)
    seen, seeing = _seen(dialect, worker_type, after, most, unordered)
    source = "seen" if dialect.is_postgresql else f"({seen})"
    chosen = f"""
        SELECT e.id FROM {_EVENTS} e WHERE e.id {dialect.chosen(oldest(source))}
        AND e.status + 0 = {_PENDING} AND e.lost_leases = 0 AND NOT {is_held}
        ORDER BY e.id LIMIT {int(limit)} {dialect.skip_locked}"""  # noqa: S608
    taking = f"{update} WHERE id {dialect.chosen(chosen)} {returning(dialect)}"
    look = f"SELECT max(s.id), count(*) FROM ({seen}) s", seeing  # noqa: S608
    try:
        with in_one_go(dialect) if dialect.is_postgresql else dialect.atomic():
            if dialect.is_postgresql:
                sql = f"""
                    WITH seen AS ({seen}), taken AS ({taking})
                    SELECT s.last, s.number, taken.*
                    FROM (SELECT max(id) AS last, count(*) AS number FROM seen) s LEFT JOIN taken ON true"""  # noqa: S608
                rows = dialect.execute(sql, [*seeing, *parameters, *holding])
                return _taken(rows[0][:2], [row[2:] for row in rows if row[2] is not None], most, limit)
            (found,) = dialect.execute(*look)
            rows = dialect.execute(taking, [*parameters, *seeing, *holding]) if found[1] else []
    except IntegrityError:
        # Another worker claimed an event of the same lane at this moment; one by one, all others stay.
        ((last, number),) = dialect.execute(*look)
        first = f"{oldest(f'({seen})')} ORDER BY 1 LIMIT {int(limit)}"
        candidates = [pk for (pk,) in dialect.execute(first, seeing)]
        claimed = claim(candidates, lease=lease, unordered=unordered, bounds=bounds)
        if len(candidates) >= limit:
            return Taken(claimed, candidates[-1], True)
        return Taken(claimed, last, number >= most)
    return _taken(found, rows, most, limit)


def _seen(dialect: Dialect, worker_type: str, after: int, most: int, unordered: Collection[str]) -> Statement:
    """Return SQL for the events that a look reads, each with the lane that it takes part in."""
    lane, names = lane_of(dialect, "e", unordered)
    sql = f"""
        SELECT e.id, {lane} AS lane FROM {_EVENTS} e WHERE {_pending()} AND e.id >= %s
        ORDER BY e.id LIMIT {int(most)}"""  # noqa: S608
    return sql, [*names, worker_type, after]


def _pending() -> str:
    return f"e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0"


def is_anything(worker_type: str, *, after: int, ids: Collection[int] = ()) -> bool:
    """Return whether a look, or a claim of these ids, may find anything: a quarter of what such a look costs."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT EXISTS (SELECT 1 FROM {_EVENTS} e WHERE {_pending()} AND e.id >= %s)
        OR EXISTS (SELECT 1 FROM {_EVENTS} e WHERE e.id {dialect.ids} AND (
            e.status + 0 = {_PENDING} OR (e.status + 0 = {_RETRYING} AND e.next_attempt_at <= {dialect.now})))"""  # noqa: S608
    ((found,),) = dialect.execute(sql, [worker_type, after, dialect.array(list(ids))])
    return bool(found)


def passed_over(ids: Collection[int]) -> list[int]:
    """Return those of the ids that no look claims, whatever its place: hurried, or to be tried again now."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT e.id FROM {_EVENTS} e WHERE e.id {dialect.ids} AND (
            (e.status + 0 = {_PENDING} AND coalesce(e.priority, 0) > 0)
            OR (e.status + 0 = {_RETRYING} AND e.next_attempt_at <= {dialect.now}))
        ORDER BY e.id"""  # noqa: S608
    return [pk for (pk,) in dialect.execute(sql, [dialect.array(list(ids))])]


def latest(ids: Collection[int]) -> int | None:
    """Return the greatest of these ids that is an event's."""
    dialect = dialect_for(EventLog)
    sql = f"SELECT max(id) FROM {_EVENTS} WHERE id {dialect.ids}"  # noqa: S608
    ((found,),) = dialect.execute(sql, [dialect.array(list(ids))])
    return None if found is None else int(found)


def hurried(worker_type: str, *, limit: int) -> list[int]:
    """Return the ids of events that are claimed before all others: hurried ones, and those to be tried again now."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT h.id FROM (
            SELECT e.id FROM {_EVENTS} e
            WHERE e.status = {_PENDING} AND e.worker_type = %s
            AND coalesce(e.priority, 0) > {window(dialect)} - {LATELY // WINDOW}
            ORDER BY coalesce(e.priority, 0), e.id LIMIT {int(limit)}
        ) h
        UNION ALL
        SELECT r.id FROM (
            SELECT e.id FROM {_EVENTS} e
            WHERE e.status = {_RETRYING} AND e.worker_type = %s
            AND e.next_attempt_at <= {dialect.now} AND e.next_attempt_at >= {dialect.later}
            ORDER BY e.next_attempt_at LIMIT {int(limit)}
        ) r"""  # noqa: S608
    rows = dialect.execute(sql, [worker_type, worker_type, dialect.seconds(-float(LATELY))])
    return [pk for (pk,) in rows][:limit]


def hurry(ids: Collection[int]) -> None:
    """Let pending events be claimed before all others of their worker type: their lane has waited for them."""
    if not ids:
        return
    dialect = dialect_for(EventLog)
    sql = f"""
        UPDATE {_EVENTS} SET priority = {window(dialect)}
        WHERE id {dialect.ids} AND status + 0 = {_PENDING}"""  # noqa: S608
    dialect.execute(sql, [dialect.array(sorted(ids))])


def _taken(found: Row, rows: list[Any], most: int, limit: int) -> Taken:
    last, number = found
    claimed = as_claimed(rows)
    if len(claimed) >= limit:
        # Those between the last one and ``last`` were not looked at.
        return Taken(claimed, claimed[-1].id, True)
    return Taken(claimed, last, number >= most)


__all__ = ["Taken", "hurried", "hurry", "is_anything", "latest", "passed_over", "take"]
