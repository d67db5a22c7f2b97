"""Every move of an event between its states, each one conditional statement.

    PENDING → PROCESSING → DONE | IGNORED | RETRYING | DEAD     claim, finish
    PROCESSING → PENDING                                        release, take_back
    RETRYING → PROCESSING                                       claim
    RETRYING | DEAD → PENDING                                   requeue

A claim is named by ``(event id, attempt)``: a worker that lost its lease carries an attempt that is no longer
the row's, so nothing it says about the event's state is taken. What it says about a callback that succeeded
is, because that happened.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.db import IntegrityError

from django_github_app import probes
from django_github_app.models.commands import CommandClaim
from django_github_app.models.continuations import Continuation
from django_github_app.models.events import EventLog, EventStatus, HandlerRun, RunStatus

from . import deaths
from .columns import CLAIMED
from .dialects import Dialect, Row, dialect_for
from .lanes import NO_BOUNDS, LaneBounds, held, lane_of, next_in_lanes, oldest, window
from .outcomes import CLAIM_COLUMNS, EventOutcome, RunOutcome, finish, in_one_go

# Statements that name their events by id, or look into a lane, say ``status + 0``. Statistics taken while nothing
# waited say that the index of unfinished events is empty, and PostgreSQL would then read all of it for each event:
# with 20,000 waiting, milliseconds instead of microseconds. It cannot prove that this index holds a row of which only
# the expression is known, so it takes the primary key, or the index of lanes, whose condition is that expression. The
# index of leases has ``status - 1`` in its condition, which only `take_back` says: what ends a hundred events would
# otherwise read it whole in place of a hundred look-ups by id.
_EVENTS = EventLog._meta.db_table
_RUNS = HandlerRun._meta.db_table
_PENDING, _PROCESSING, _RETRYING, _DEAD = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING, EventStatus.DEAD)
)


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What the ledger says of a callback from earlier attempts at the event."""

    status: RunStatus
    attempts: int
    due_in: float | None
    """Seconds until its next attempt by the database's clock, which set it; no host's clock has a say."""
    checkpoint: str | None = None
    """How far it got, as JSON."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event that this worker, and no other, may run until its lease expires."""

    id: int
    attempt: int
    event: str
    action: str | None
    delivery: str | None
    installation_id: int | None
    worker_type: str
    lane: int | None
    form_encoded: bool
    body: bytes | None
    legacy_payload: Any
    age: float = 0.0
    """Seconds since it was received, on the database's clock, when it was claimed."""
    runs: Mapping[tuple[str, int], EarlierRun] = field(default_factory=dict)
    traceparent: str | None = None
    """The trace context of its receipt, where tracing is on."""
    claimed_at: float = field(default_factory=time.monotonic)
    """When it was claimed, on this process's clock."""
    window: int = 0
    """Of `sql.lanes.WINDOW` seconds each, on the database's clock: in which it was claimed."""


def claim(
    ids: Sequence[int], *, lease: float, unordered: Collection[str] = (), bounds: LaneBounds = NO_BOUNDS
) -> list[Claimed]:
    """Move the events that can run now to PROCESSING and return them, oldest first.

    Left alone: events that are finished, claimed, waiting for their next attempt, or behind another event of
    their lane. ``unordered`` names the events (``issues`` or ``issues.opened``) that take no part in lanes.
    """
    if not ids:
        return []
    dialect = dialect_for(EventLog)
    try:
        with in_one_go(dialect):
            rows = dialect.execute(*_by_id(dialect, ids, lease, unordered, bounds))
    except IntegrityError:
        # Another worker claimed an event of the same lane at this moment; one by one, only that one stays.
        if len(ids) == 1:
            return []
        return [
            claimed for pk in ids for claimed in claim([pk], lease=lease, unordered=unordered, bounds=bounds)
        ]
    return as_claimed(rows)


def as_claimed(rows: Iterable[Row]) -> list[Claimed]:
    """Return what a claim's RETURNING gave, with what the ledger says of earlier attempts, oldest first."""
    rows = sorted(rows, key=itemgetter(0))
    runs = _earlier_runs([row[0] for row in rows if row[1] > 1])
    # The columns of RETURNING are the fields, in order; then the window and, where tracing is on, the trace context.
    count = len(CLAIMED) + 1
    return [_one_claimed(row[:count], runs.get(row[0], {}), *row[count:]) for row in rows]


def _one_claimed(
    columns: Row, runs: Mapping[tuple[str, int], EarlierRun], window: int, traceparent: str | None = None
) -> Claimed:
    return Claimed(*columns, runs=runs, traceparent=traceparent, window=window)  # type: ignore[misc]  # fewer columns


def claiming(dialect: Dialect, lease: float, unordered: Collection[str]) -> tuple[str, list[Any]]:
    """Return the UPDATE that claims, but for which: ``WHERE id`` and what follows are the caller's."""
    lane, exempt = lane_of(dialect, _EVENTS, unordered)
    parameters = [dialect.seconds(lease), *exempt]
    sql = f"""
        UPDATE {_EVENTS} SET status = {_PROCESSING}, attempts = attempts + 1, priority = NULL,
            lease_expires_at = {dialect.later}, claimed_in = {window(dialect)}, lane = {lane}"""  # noqa: S608
    return sql, parameters


def returning(dialect: Dialect) -> str:
    """Return the RETURNING that `as_claimed` takes."""
    traced = "" if probes.tracer is None else ", traceparent"
    age = dialect.seconds_since("received_at")
    return f"RETURNING {', '.join(CLAIMED)}, {age} AS age, claimed_in{traced}"


def _by_id(
    dialect: Dialect, ids: Sequence[int], lease: float, unordered: Collection[str], bounds: LaneBounds
) -> tuple[str, list[Any]]:
    due = (
        f"(e.status + 0 = {_PENDING} OR (e.status + 0 = {_RETRYING} AND e.next_attempt_at <= {dialect.now}))"
    )
    # What waits for its next attempt holds only what is claimed beside it: then the older one goes first.
    is_held, holding = held(dialect, unordered, bounds, beside=dialect.array(ids))
    update, parameters = claiming(dialect, lease, unordered)
    among, asked = f"e.id {dialect.ids}", [dialect.array(ids)]
    if len(ids) > 1:
        lane, names = lane_of(dialect, "e", unordered)
        candidates = f"(SELECT e.id, {lane} AS lane, e.worker_type FROM {_EVENTS} e WHERE {among} AND {due})"  # noqa: S608
        among, asked = f"e.id {dialect.chosen(oldest(candidates, 'worker_type'))}", [*names, *asked]
    chosen = f"""
        SELECT e.id FROM {_EVENTS} e WHERE {among} AND {due} AND NOT {is_held}
        ORDER BY e.id {dialect.skip_locked}"""  # noqa: S608
    sql = f"{update} WHERE id {dialect.chosen(chosen)} {returning(dialect)}"
    return sql, [*parameters, *asked, *holding]


def _earlier_runs(ids: Sequence[int]) -> dict[int, dict[tuple[str, int], EarlierRun]]:
    found: dict[int, dict[tuple[str, int], EarlierRun]] = {}
    if not ids:
        return found
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT event_id, handler, position, status, attempts,
            {dialect.seconds_between("next_attempt_at", dialect.now)}, checkpoint
        FROM {_RUNS} WHERE event_id {dialect.ids}"""  # noqa: S608
    for event_id, handler, position, status, attempts, due_in, checkpoint in dialect.execute(
        sql, [dialect.array(ids)]
    ):
        run = EarlierRun(RunStatus(status), attempts, None if due_in is None else float(due_in), checkpoint)
        found.setdefault(event_id, {})[handler, position] = run
    return found


def release(claims: Iterable[tuple[int, int]]) -> list[int]:
    """Give claimed events that were not started back to the queue; return the ids that were still ours."""
    dialect = dialect_for(EventLog)
    source, parameters = _claims(dialect, claims)
    if not parameters:
        return []
    sql = f"""
        UPDATE {_EVENTS} SET status = {_PENDING}, lease_expires_at = NULL, claimed_in = NULL FROM {source}
        WHERE id = o.event_pk AND attempts = o.attempt AND status + 0 = {_PROCESSING} RETURNING id"""  # noqa: S608
    return sorted(row[0] for row in dialect.execute(sql, parameters))


def renew(claims: Iterable[tuple[int, int]], *, lease: float) -> int:
    """Extend the leases of events that are running; return how many are still ours."""
    dialect = dialect_for(EventLog)
    source, parameters = _claims(dialect, claims)
    if not parameters:
        return 0
    sql = f"""
        UPDATE {_EVENTS} SET lease_expires_at = {dialect.later} FROM {source}
        WHERE id = o.event_pk AND attempts = o.attempt AND status + 0 = {_PROCESSING} RETURNING id"""  # noqa: S608
    return len(dialect.execute(sql, [dialect.seconds(lease), *parameters]))


def _claims(dialect: Dialect, claims: Iterable[tuple[int, int]]) -> tuple[str, list[Any]]:
    values = list(claims)
    return dialect.rows(CLAIM_COLUMNS, values) if values else ("", [])


def take_back(
    *, limit: int, max_lost: int, within: float | None = None
) -> list[tuple[int, str, EventStatus]]:
    """Take events back from workers whose lease expired: PENDING again, DEAD after ``max_lost`` such losses.

    ``within`` looks only for leases that expired in the last so many seconds. Returns ``(id, worker type, new
    status)`` of at most ``limit`` events.
    """
    dialect = dialect_for(EventLog)
    lately = "" if within is None else f"AND e.lease_expires_at >= {dialect.later}"
    expired = f"""
        SELECT e.id FROM {_EVENTS} e
        WHERE e.status - {_PROCESSING} = 0 AND e.lease_expires_at < {dialect.now} {lately}
        ORDER BY e.lease_expires_at LIMIT {int(limit)} {dialect.skip_locked}"""  # noqa: S608
    sql = f"""
        UPDATE {_EVENTS} SET
            lost_leases = lost_leases + 1,
            lease_expires_at = NULL,
            claimed_in = NULL,
            published_at = NULL,
            status = CASE WHEN lost_leases + 1 >= %s THEN {_DEAD} ELSE {_PENDING} END,
            finished_at = CASE WHEN lost_leases + 1 >= %s THEN {dialect.now} END
        WHERE id {dialect.chosen(expired)}
        RETURNING id, worker_type, status"""  # noqa: S608
    since = [] if within is None else [dialect.seconds(-within)]
    with dialect.atomic():
        rows = dialect.execute(sql, [max_lost, max_lost, *since])
        deaths.note(dialect, [(pk, "", 0) for pk, _, status in rows if status == _DEAD])
    return [(pk, worker_type, EventStatus(status)) for pk, worker_type, status in sorted(rows)]


def requeue(ids: Sequence[int]) -> list[tuple[int, str]]:
    """Make events that failed run again: only their failed callbacks, with a fresh count of attempts.

    Returns ``(id, worker type)`` of those that moved to PENDING; publish them afterwards.
    """
    return _requeue(ids, (_RETRYING, _DEAD), forget=False)


def replay(ids: Sequence[int]) -> list[tuple[int, str]]:
    """Make finished events run again from the start, callbacks that succeeded included, because someone asks.

    Returns ``(id, worker type)`` of those that moved to PENDING; publish them afterwards.
    """
    finished = tuple(int(s) for s in EventStatus if s.is_final)
    return _requeue(ids, (_RETRYING, *finished), forget=True)


def rerun(event_id: int, handler: str, position: int) -> list[tuple[int, str]]:
    """Make one callback of an event that does not run now run again from the start, because someone asks.

    Returns ``(id, worker type)`` of the event if it moved to PENDING; publish it afterwards.
    """
    finished = tuple(int(s) for s in EventStatus if s.is_final)
    return _requeue([event_id], (_RETRYING, *finished), forget=True, only=(handler, position))


def _requeue(
    ids: Sequence[int],
    states: tuple[int, ...],
    *,
    forget: bool,
    only: tuple[str, int] | None = None,
) -> list[tuple[int, str]]:
    if not ids:
        return []
    dialect = dialect_for(EventLog)
    # What a replay does is not part of the first trace, but linked with it: `observe.tracing.REPLAYED`.
    trace = ", traceparent = '~' || ltrim(traceparent, '~')" if forget else ""
    sql = f"""
        UPDATE {_EVENTS} SET status = {_PENDING}, next_attempt_at = NULL, published_at = NULL,
            finished_at = NULL, archive_id = NULL, lost_leases = 0,
            worker_type = coalesce(nullif(worker_type, ''), 'sync'){trace}
        WHERE id {dialect.ids} AND status IN ({", ".join(map(str, states))})
        RETURNING id, worker_type"""  # noqa: S608
    with dialect.atomic():
        moved = [(pk, worker_type) for pk, worker_type in dialect.execute(sql, [dialect.array(ids)])]
        runs = HandlerRun.objects.filter(event_id__in=[pk for pk, _ in moved])
        if only is not None:
            runs = runs.filter(handler=only[0], position=only[1])
        if forget:
            runs.delete()
            CommandClaim.objects.forget_events([pk for pk, _ in moved])
            _forget_waits([pk for pk, _ in moved], only)
        else:
            runs.filter(status__in=[RunStatus.DEAD, RunStatus.RETRYING]).update(
                status=RunStatus.RETRYING, attempts=0, next_attempt_at=None
            )
    return sorted(moved)


def _forget_waits(ids: Sequence[int], only: tuple[str, int] | None) -> None:
    waits = Continuation.objects.filter(event_id__in=ids)
    (waits if only is None else waits.filter(source=f"{only[0]} {only[1]}")).delete()


__all__ = [
    "Claimed",
    "EarlierRun",
    "EventOutcome",
    "RunOutcome",
    "claim",
    "finish",
    "next_in_lanes",
    "release",
    "renew",
    "replay",
    "requeue",
    "rerun",
    "take_back",
]
