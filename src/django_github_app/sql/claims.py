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
from django_github_app.models.events import EventLog, EventStatus, HandlerRun, RunStatus

from . import deaths
from .columns import CLAIMED
from .dialects import Dialect, Row, dialect_for
from .outcomes import CLAIM_COLUMNS, EventOutcome, RunOutcome, finish, in_one_go
from .waiting import silent_types

# Statements that name their events by id, or look into a lane, say ``status + 0``. Statistics taken while nothing
# waited say that the index of unfinished events is empty, and PostgreSQL would then read all of it for each event:
# with 20,000 waiting, milliseconds instead of microseconds. It cannot prove that this index holds a row of which only
# the expression is known, so it takes the primary key, or the index of lanes, whose condition is that expression.
_EVENTS = EventLog._meta.db_table
_RUNS = HandlerRun._meta.db_table
_PENDING, _PROCESSING, _RETRYING, _DEAD = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING, EventStatus.DEAD)
)
# Beyond every id: what is added to one to put it last.
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What the ledger says of a callback from earlier attempts at the event."""

    status: RunStatus
    attempts: int
    due_in: float | None
    """Seconds until its next attempt by the database's clock, which set it; no host's clock has a say."""


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


def claim(ids: Sequence[int], *, lease: float, unordered: Collection[str] = ()) -> list[Claimed]:
    """Move the events that can run now to PROCESSING and return them, oldest first.

    Left alone: events that are finished, claimed, waiting for their next attempt, or behind another event of
    their lane. ``unordered`` names the events (``issues`` or ``issues.opened``) that take no part in lanes.
    """
    if not ids:
        return []
    dialect = dialect_for(EventLog)
    try:
        with in_one_go(dialect):
            rows = _claim(dialect, ids, lease, unordered)
    except IntegrityError:
        # Another worker claimed an event of the same lane at this moment; one by one, only that one stays.
        if len(ids) == 1:
            return []
        return [claimed for pk in ids for claimed in claim([pk], lease=lease, unordered=unordered)]
    runs = _earlier_runs([row[0] for row in rows if row[1] > 1])
    return [_claimed(row, runs.get(row[0], {})) for row in sorted(rows, key=itemgetter(0))]


def _claimed(row: Row, runs: Mapping[tuple[str, int], EarlierRun]) -> Claimed:
    if probes.tracer is not None:
        columns, traceparent = row[:-1], row[-1]
        return Claimed(*columns, runs, traceparent)  # type: ignore[call-arg]  # as below
    return Claimed(*row, runs)  # type: ignore[call-arg]  # the columns of RETURNING are its fields, in order


def _claim(dialect: Dialect, ids: Sequence[int], lease: float, unordered: Collection[str]) -> list[Any]:
    due = (
        f"(e.status + 0 = {_PENDING} OR (e.status + 0 = {_RETRYING} AND e.next_attempt_at <= {dialect.now}))"
    )
    opted_out = f"({{0}}.event {dialect.texts} OR {{0}}.event || '.' || {{0}}.action {dialect.texts})"
    exempt = [dialect.array(sorted(unordered))] * 2 if unordered else []
    out_of_lane = f"OR {opted_out.format('e')}" if unordered else ""
    other_out_of_lane = f"AND {opted_out.format('other')} IS NOT TRUE" if unordered else ""
    chosen = f"""
        SELECT e.id FROM {_EVENTS} e
        WHERE e.id {dialect.ids} AND {due} AND (
            e.lane IS NULL {out_of_lane} OR NOT EXISTS (
                SELECT 1 FROM {_EVENTS} other
                WHERE other.lane = e.lane AND other.status + 0 < {int(EventStatus.DONE)} AND other.id <> e.id
                {other_out_of_lane}
                AND (
                    other.status + 0 = {_PROCESSING}
                    OR (other.id < e.id AND other.status + 0 = {_PENDING}
                        AND (other.worker_type = e.worker_type OR other.worker_type NOT IN {silent_types(dialect)}))
                    OR (other.id < e.id AND other.id {dialect.ids} AND other.status + 0 = {_RETRYING}
                        AND other.next_attempt_at <= {dialect.now})
                )
            )
        )
        ORDER BY e.id {dialect.skip_locked}"""  # noqa: S608
    traced = "" if probes.tracer is None else ", traceparent"
    lane = f"CASE WHEN {opted_out.format(_EVENTS)} THEN NULL ELSE lane END" if unordered else "lane"
    sql = f"""
        UPDATE {_EVENTS}
        SET status = {_PROCESSING}, attempts = attempts + 1, lease_expires_at = {dialect.later}, lane = {lane}
        WHERE id {dialect.chosen(chosen)}
        RETURNING {", ".join(CLAIMED)}, {dialect.seconds_since("received_at")}{traced}"""  # noqa: S608
    wanted = dialect.array(ids)
    return dialect.execute(sql, [dialect.seconds(lease), *exempt, wanted, *exempt, *exempt, wanted])


def _earlier_runs(ids: Sequence[int]) -> dict[int, dict[tuple[str, int], EarlierRun]]:
    found: dict[int, dict[tuple[str, int], EarlierRun]] = {}
    if not ids:
        return found
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT event_id, handler, position, status, attempts,
            {dialect.seconds_between("next_attempt_at", dialect.now)}
        FROM {_RUNS} WHERE event_id {dialect.ids}"""  # noqa: S608
    for event_id, handler, position, status, attempts, due_in in dialect.execute(sql, [dialect.array(ids)]):
        run = EarlierRun(RunStatus(status), attempts, None if due_in is None else float(due_in))
        found.setdefault(event_id, {})[handler, position] = run
    return found


def release(claims: Iterable[tuple[int, int]]) -> list[int]:
    """Give claimed events that were not started back to the queue; return the ids that were still ours."""
    dialect = dialect_for(EventLog)
    source, parameters = _claims(dialect, claims)
    if not parameters:
        return []
    sql = f"""
        UPDATE {_EVENTS} SET status = {_PENDING}, lease_expires_at = NULL FROM {source}
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


def next_in_lanes(lanes: Collection[int]) -> list[tuple[int, str, int]]:
    """Return ``(id, worker type, lane)`` of the event that each lane may run next, where there is one.

    An event of a worker type that nobody runs comes after all others of its lane.
    """
    if not lanes:
        return []
    dialect = dialect_for(EventLog)
    last = f"CASE WHEN worker_type IN {silent_types(dialect)} THEN {_LAST} ELSE 0 END"
    sql = f"""
        SELECT id, worker_type, lane FROM {_EVENTS} WHERE id IN (
            SELECT first %% {_LAST} FROM (
                SELECT min(id + {last}) AS first FROM {_EVENTS}
                WHERE lane {dialect.ids} AND status + 0 < {int(EventStatus.DONE)} AND status + 0 = {_PENDING}
                GROUP BY lane
            ) AS firsts
        ) ORDER BY id"""  # noqa: S608
    rows = dialect.execute(sql, [dialect.array(sorted(lanes))])
    return [(pk, worker_type, lane) for pk, worker_type, lane in rows]


def take_back(*, limit: int, max_lost: int) -> list[tuple[int, str, EventStatus]]:
    """Take events back from workers whose lease expired: PENDING again, DEAD after ``max_lost`` such losses.

    Returns ``(id, worker type, new status)`` of at most ``limit`` events.
    """
    dialect = dialect_for(EventLog)
    expired = f"""
        SELECT e.id FROM {_EVENTS} e WHERE e.status = {_PROCESSING} AND e.lease_expires_at < {dialect.now}
        ORDER BY e.id LIMIT {int(limit)} {dialect.skip_locked}"""  # noqa: S608
    sql = f"""
        UPDATE {_EVENTS} SET
            lost_leases = lost_leases + 1,
            lease_expires_at = NULL,
            published_at = NULL,
            status = CASE WHEN lost_leases + 1 >= %s THEN {_DEAD} ELSE {_PENDING} END,
            finished_at = CASE WHEN lost_leases + 1 >= %s THEN {dialect.now} END
        WHERE id {dialect.chosen(expired)}
        RETURNING id, worker_type, status"""  # noqa: S608
    with dialect.atomic():
        rows = dialect.execute(sql, [max_lost, max_lost])
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


def _requeue(ids: Sequence[int], states: tuple[int, ...], *, forget: bool) -> list[tuple[int, str]]:
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
        if forget:
            runs.delete()
            CommandClaim.objects.forget_events([pk for pk, _ in moved])
        else:
            runs.filter(status__in=[RunStatus.DEAD, RunStatus.RETRYING]).update(
                status=RunStatus.RETRYING, attempts=0, next_attempt_at=None
            )
    return sorted(moved)


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
    "take_back",
]
