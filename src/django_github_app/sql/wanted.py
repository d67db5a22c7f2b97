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
from .lanes import NO_BOUNDS, LaneBounds, held
from .outcomes import Statement, in_one_go

_EVENTS = EventLog._meta.db_table
_PENDING, _RETRYING = int(EventStatus.PENDING), int(EventStatus.RETRYING)
# Events that one look reads, in times of its limit.
MOST_READ = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """What was claimed, and what the look says about the rest."""

    claimed: list[Claimed] = field(default_factory=list)
    last: int | None = None
    """The last event that was looked at; None: none waits."""
    more: bool = False
    """Whether there is more behind ``last``."""
    hurried: bool = False
    """Whether events wait that go before all others, or are to be tried again now: `hurried` has them."""


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
    id, so that they share a batch with nobody.
    """
    dialect = dialect_for(EventLog)
    most = limit * MOST_READ
    update, parameters = claiming(dialect, lease, unordered)
    is_held, holding = held(dialect, unordered, bounds)
    seen = f"""
        SELECT max(s.id) AS last, count(*) AS number FROM (
            SELECT e.id FROM {_EVENTS} e WHERE {_pending()} AND e.id >= %s ORDER BY e.id LIMIT {int(most)}
        ) s"""  # noqa: S608
    chosen = f"""
        SELECT e.id FROM {_EVENTS} e
        WHERE {_pending()} AND e.id >= %s AND e.id <= {{last}} AND e.lost_leases = 0 AND NOT {is_held}
        ORDER BY e.id LIMIT {int(limit)} {dialect.skip_locked}"""  # noqa: S608
    flag, of_hurried = _hurried(dialect, worker_type, 1)
    where = [worker_type, after]
    look = (seen, where), (f"EXISTS ({flag})", of_hurried)
    try:
        with in_one_go(dialect) if dialect.is_postgresql else dialect.atomic():
            if dialect.is_postgresql:
                chosen = chosen.format(last="(SELECT last FROM seen)")
                taking = f"{update} WHERE id {dialect.chosen(chosen)} {returning(dialect)}"
                return _together(dialect, look, (taking, [*parameters, *where, *holding]), most, limit)
            found = _look(dialect, look)
            chosen = chosen.format(last="%s")
            taking = f"{update} WHERE id {dialect.chosen(chosen)} {returning(dialect)}"
            rows = dialect.execute(taking, [*parameters, *where, found[0], *holding]) if found[1] else []
    except IntegrityError:
        # Another worker claimed an event of the same lane at this moment; one by one, all others stay.
        last, number, hurried = _look(dialect, look)
        ids = [pk for (pk,) in dialect.execute(*_ids(worker_type, after, limit))]
        claimed = claim(ids, lease=lease, unordered=unordered, bounds=bounds)
        if len(ids) >= limit:
            return Taken(claimed, ids[-1], True, bool(hurried))
        return Taken(claimed, last, number >= most, bool(hurried))
    return _taken(found, rows, most, limit)


def _pending() -> str:
    return f"e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) = 0"


def _ids(worker_type: str, after: int, limit: int) -> Statement:
    sql = f"""
        SELECT e.id FROM {_EVENTS} e WHERE {_pending()} AND e.id >= %s AND e.lost_leases = 0
        ORDER BY e.id LIMIT {int(limit)}"""  # noqa: S608
    return sql, [worker_type, after]


def _hurried(dialect: Dialect, worker_type: str, limit: int) -> Statement:
    sql = f"""
        SELECT h.id FROM (
            SELECT e.id FROM {_EVENTS} e
            WHERE e.status = {_PENDING} AND e.worker_type = %s AND coalesce(e.priority, 0) > 0
            ORDER BY coalesce(e.priority, 0) DESC, e.id LIMIT {int(limit)}
        ) h
        UNION ALL
        SELECT r.id FROM (
            SELECT e.id FROM {_EVENTS} e
            WHERE e.status = {_RETRYING} AND e.worker_type = %s AND e.next_attempt_at <= {dialect.now}
            ORDER BY e.next_attempt_at LIMIT {int(limit)}
        ) r"""  # noqa: S608
    return sql, [worker_type, worker_type]


def is_anything(worker_type: str, *, after: int, ids: Collection[int] = ()) -> bool:
    """Return whether a look, or a claim of these ids, may find anything: a quarter of what such a look costs."""
    dialect = dialect_for(EventLog)
    flag, parameters = _hurried(dialect, worker_type, 1)
    sql = f"""
        SELECT EXISTS (SELECT 1 FROM {_EVENTS} e WHERE {_pending()} AND e.id >= %s)
        OR EXISTS (SELECT 1 FROM {_EVENTS} e WHERE e.id {dialect.ids} AND e.status + 0 = {_PENDING})
        OR EXISTS ({flag})"""  # noqa: S608
    ((found,),) = dialect.execute(sql, [worker_type, after, dialect.array(list(ids)), *parameters])
    return bool(found)


def hurried(worker_type: str, *, limit: int) -> list[int]:
    """Return the ids of events that are claimed before all others: hurried ones, and those to be tried again now."""
    dialect = dialect_for(EventLog)
    sql, parameters = _hurried(dialect, worker_type, limit)
    return [pk for (pk,) in dialect.execute(sql, parameters)][:limit]


def hurry(ids: Collection[int]) -> None:
    """Let pending events be claimed before all others of their worker type: their lane has waited for them."""
    if not ids:
        return
    dialect = dialect_for(EventLog)
    sql = f"UPDATE {_EVENTS} SET priority = 1 WHERE id {dialect.ids} AND status + 0 = {_PENDING}"  # noqa: S608
    dialect.execute(sql, [dialect.array(sorted(ids))])


def _together(
    dialect: Dialect, look: tuple[Statement, Statement], taking: Statement, most: int, limit: int
) -> Taken:
    (seen, where), (flag, of_hurried) = look
    sql = f"""
        WITH seen AS ({seen}), taken AS ({taking[0]})
        SELECT seen.last, seen.number, {flag}, taken.* FROM seen LEFT JOIN taken ON true"""  # noqa: S608
    rows = dialect.execute(sql, [*where, *taking[1], *of_hurried])
    return _taken(rows[0][:3], [row[3:] for row in rows if row[3] is not None], most, limit)


def _look(dialect: Dialect, look: tuple[Statement, Statement]) -> Row:
    (seen, where), (flag, of_hurried) = look
    sql = f"WITH seen AS ({seen}) SELECT last, number, {flag} FROM seen"  # noqa: S608
    (found,) = dialect.execute(sql, [*where, *of_hurried])
    return found


def _taken(found: Row, rows: list[Any], most: int, limit: int) -> Taken:
    last, number, hurried = found
    claimed = as_claimed(rows)
    if len(claimed) >= limit:
        # Those between the last one and ``last`` were not looked at.
        return Taken(claimed, claimed[-1].id, True, bool(hurried))
    return Taken(claimed, last, number >= most, bool(hurried))


__all__ = ["Taken", "hurried", "hurry", "is_anything", "take"]
