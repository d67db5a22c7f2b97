"""Whose turn it is under a key: asked, given up and told in transactions that hold the key's row.

What is decided is `flow.admission`; here it is read and written. A run that is out of date or cancelled has its last
word in the ledger at once: nothing that its worker says later about it counts (`outcomes`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django_github_app.flow.admission import (
    Decision,
    KeyState,
    Place,
    PlaceState,
    decide,
    next_ones,
)
from django_github_app.flow.order import Moment
from django_github_app.flow.policy import Flow, FlowKey
from django_github_app.models.events import EventLog, EventStatus, RunStatus
from django_github_app.models.flow import FlowKeyState, FlowPlace

from .dialects import Column, Dialect, Row, dialect_for, storable
from .outcomes import RunEnd, RunOutcome, finish, superseded

__all__ = [
    "Admitted",
    "Asked",
    "admit",
    "close_places",
    "end",
    "forget",
    "keys_with_waiting",
    "places_of",
    "wake",
]

_EVENTS = EventLog._meta.db_table
_PLACES = FlowPlace._meta.db_table
_KEYS = FlowKeyState._meta.db_table
_PENDING, _PROCESSING, _RETRYING = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING)
)
_ENDS = (
    Column("event_pk", "bigint"),
    Column("handler", "text"),
    Column("position", "integer"),
    Column("attempt", "integer"),
    Column("rests", "boolean"),
)
_NAMES = ("key", "event_id", "handler", "position", "kind", "label", "attempt", "tries", "state", "most")
_COLUMNS = ", ".join((*_NAMES, "counts", "happened_at", "head", "due", "since"))
KEPT_SECONDS: Final = 4 * 86400
"""For which a key's newest event is remembered: GitHub's log redelivers for three days."""
MOST_AT_ONCE: Final = 1000
"""Keys that one sweep looks at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that asks for its turn."""

    flow: Flow
    key: FlowKey
    moment: Moment
    handler: str
    position: int
    kind: str
    attempt: int
    """The event's, in which it asks."""
    tries: int
    counts: bool = True
    leaves_lane: bool = False
    """Whether its event gives its lane free: the key takes the lane's place."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of it, and what that is to others."""

    decision: Decision
    ready: Sequence[tuple[str, int]] = ()
    """Events that are to be published: they wait no longer."""
    stopped: Sequence[tuple[int, str, int]] = ()
    """Runs that are to stop: event, handler, position."""


def admit(asked: Asked) -> Admitted | None:
    """Decide about a run that asks for its turn; None: its event is not its worker's any more."""
    dialect = dialect_for(EventLog)
    moment = asked.moment
    with dialect.atomic():
        known, now = _hold(dialect, asked.key)
        if not _is_ours(dialect, moment.event_id, asked.attempt, leaves_lane=asked.leaves_lane):
            return None
        places = _places(dialect, asked.key.number)
        own = next(
            (one for one in places if one.run == (moment.event_id, asked.handler, asked.position)), None
        )
        asks = Place(
            0 if own is None else own.id, asked.handler, asked.position, moment, PlaceState.WAITING,
            None if own is None else own.due, now, asked.counts,
        )  # fmt: skip
        others = [place for place in places if place is not own]
        decision = decide(asked.flow, asks, others, known, now)
        ready, stopped = _replace(dialect, decision.replaced, now)
        if decision.state is None:
            _drop(dialect, [asks.id])
        else:
            _keep(dialect, asked, decision, now)
        dialect.execute(
            f"UPDATE {_KEYS} SET state = %s WHERE key = %s",  # noqa: S608
            [storable(known.text), asked.key.number],
        )
    return Admitted(decision, ready, stopped)


def _hold(dialect: Dialect, key: FlowKey) -> tuple[KeyState, float]:
    """Lock a key until the end of the transaction; return what is known of it, and the time."""
    sql = f"""
        INSERT INTO {_KEYS} AS k (key, label, state, touched_at) VALUES (%s, %s, '', {dialect.now})
        ON CONFLICT (key) DO UPDATE SET touched_at = excluded.touched_at
        RETURNING state, {dialect.exact_epoch}"""  # noqa: S608
    ((state, now),) = dialect.execute(sql, [key.number, storable(key.label)])
    return KeyState.read(state), float(now)


def _is_ours(dialect: Dialect, event_id: int, attempt: int, *, leaves_lane: bool) -> bool:
    ours = f"id = %s AND attempts = %s AND status + 0 = {_PROCESSING}"
    sql = (
        f"UPDATE {_EVENTS} SET lane = NULL WHERE {ours} RETURNING id"  # noqa: S608
        if leaves_lane
        else f"SELECT id FROM {_EVENTS} WHERE {ours}"  # noqa: S608
    )
    return bool(dialect.execute(sql, [event_id, attempt]))


def _places(dialect: Dialect, key: int) -> list[Place]:
    """Return the places of a key; those whose event is over are removed."""
    found = f"""
        SELECT p.id, p.event_id, p.handler, p.position, p.state, p.happened_at, p.head, p.due, p.since, p.counts,
            e.status, e.status = {_PROCESSING} AND e.attempts = p.attempt
        FROM {_PLACES} p LEFT JOIN {_EVENTS} e ON e.id = p.event_id
        WHERE p.key = %s ORDER BY p.event_id"""  # noqa: S608
    rows = dialect.execute(found, [key])
    _drop(dialect, [row[0] for row in rows if row[10] is None or row[10] >= int(EventStatus.DONE)])
    return [_place(row) for row in rows if row[10] is not None and row[10] < int(EventStatus.DONE)]


def _place(row: Row) -> Place:
    pk, event_id, handler, position, number, at, head, due, since, counts, _, is_claimed = row
    state = PlaceState(number)
    if state.is_in_use and not is_claimed:  # its worker is gone: the event comes again
        state = PlaceState.RESTING
    return Place(pk, handler, position, Moment(event_id, at, head), state, due, since, bool(counts))


def _drop(dialect: Dialect, ids: Collection[int]) -> None:
    if gone := sorted(pk for pk in ids if pk):
        dialect.execute(f"DELETE FROM {_PLACES} WHERE id {dialect.ids}", [dialect.array(gone)])  # noqa: S608


def _keep(dialect: Dialect, asked: Asked, decision: Decision, now: float) -> None:
    """Write down the place of the run that asked."""
    moment, state = asked.moment, decision.state
    assert state is not None  # noqa: S101 - the caller's
    values = [
        asked.key.number, moment.event_id, storable(asked.handler), asked.position, asked.kind,
        storable(asked.key.label), asked.attempt, asked.tries, int(state), asked.flow.limit, asked.counts,
        moment.at, storable(moment.head), decision.due, now,
    ]  # fmt: skip
    changed = ("key", "attempt", "tries", "state", "due", "since", "most")
    sql = f"""
        INSERT INTO {_PLACES} ({_COLUMNS}) VALUES ({", ".join(["%s"] * len(values))})
        ON CONFLICT (event_id, handler, position) DO UPDATE
        SET {", ".join(f"{name} = excluded.{name}" for name in changed)}"""  # noqa: S608
    dialect.execute(sql, values)


def _replace(
    dialect: Dialect, replaced: Sequence[tuple[Place, int]], now: float
) -> tuple[list[tuple[str, int]], list[tuple[int, str, int]]]:
    """End what is out of date: in the ledger at once; what runs is told to stop, what waits is to be looked at."""
    if not replaced:
        return [], []
    return _close(
        dialect,
        [(place, RunStatus.SUPERSEDED, superseded(by)) for place, by in replaced],
        now,
    )


def _close(
    dialect: Dialect, closed: Sequence[tuple[Place, RunStatus, str]], now: float
) -> tuple[list[tuple[str, int]], list[tuple[int, str, int]]]:
    ids = [place.id for place, _, _ in closed]
    sql = f"SELECT id, kind, tries, {dialect.now} FROM {_PLACES} WHERE id {dialect.ids}"  # noqa: S608
    details = {
        pk: (kind, tries, dialect.as_moment(at))
        for pk, kind, tries, at in dialect.execute(sql, [dialect.array(ids)])
    }
    finish(
        [],
        [
            RunOutcome(
                place.moment.event_id, details[place.id][0], place.handler, place.position, status,
                details[place.id][1], details[place.id][2],
                max(0.0, now - place.since) * 1000 if place.state.is_in_use else 0.0, error=why,
            )
            for place, status, why in closed
            if place.id in details
        ],
    )  # fmt: skip
    running = [place for place, _, _ in closed if place.state.is_in_use]
    if running:
        sql = f"UPDATE {_PLACES} SET state = {int(PlaceState.STOPPED)} WHERE id {dialect.ids}"  # noqa: S608
        dialect.execute(sql, [dialect.array([place.id for place in running])])
    waiting = [place for place, _, _ in closed if not place.state.is_in_use]
    _drop(dialect, [place.id for place in waiting])
    ready = _look_at(dialect, {place.moment.event_id for place in waiting})
    return ready, [place.run for place in running]


def close_places(
    rows: Sequence[Any], status: RunStatus, why: str
) -> tuple[list[tuple[str, int]], list[tuple[int, str, int]]]:
    """End the runs of these places: in the ledger at once; what runs is to stop, what waits is to be looked at."""
    if not rows:
        return [], []
    dialect = dialect_for(EventLog)
    keys = {row.key for row in rows}
    for key in sorted(keys):  # in one order everywhere
        dialect.execute(f"UPDATE {_KEYS} SET touched_at = touched_at WHERE key = %s", [key])  # noqa: S608
    ((now,),) = dialect.execute(f"SELECT {dialect.exact_epoch}")
    wanted = {row.id for row in rows}
    found = [place for key in sorted(keys) for place in _places(dialect, key) if place.id in wanted]
    return _close(dialect, [(place, status, why) for place in found], float(now))


def _look_at(dialect: Dialect, event_ids: Collection[int]) -> list[tuple[str, int]]:
    """Make events that wait for their next attempt due now; return those that are to be published."""
    if not event_ids:
        return []
    sql = f"""
        UPDATE {_EVENTS} SET next_attempt_at = {dialect.now}, published_at = NULL
        WHERE id {dialect.ids} AND status + 0 = {_RETRYING} RETURNING worker_type, id"""  # noqa: S608
    rows = dialect.execute(sql, [dialect.array(sorted(event_ids))])
    return sorted((worker_type, pk) for worker_type, pk in rows)


def end(ends: Sequence[RunEnd]) -> None:
    """Give up the places of runs that are over; those that rest keep theirs."""
    ended = [one for one in ends if one.wait is None]
    if not ended:
        return
    dialect = dialect_for(EventLog)
    source, parameters = dialect.rows(
        _ENDS,
        [(one.event_id, one.handler, one.position, one.attempt, one.rests) for one in ended],
    )
    same = ("handler", "position", "attempt")
    ours = " AND ".join(["event_id = o.event_pk", *(f"{{0}}.{name} = o.{name}" for name in same)])
    with dialect.atomic():
        if any(one.rests for one in ended):
            dialect.execute(
                f"""UPDATE {_PLACES} SET state = {int(PlaceState.RESTING)} FROM {source}
                WHERE {ours.format(_PLACES)} AND o.rests""",  # noqa: S608
                parameters,
            )
        dialect.execute(
            f"""DELETE FROM {_PLACES} WHERE id IN (
                SELECT p.id FROM {_PLACES} p, {source} WHERE {ours.format("p")} AND NOT o.rests)""",  # noqa: S608
            parameters,
        )


def wake(keys: Iterable[int], events: Collection[int] = ()) -> list[tuple[str, int]]:
    """Return what is to be published: whose turn has come, and events of which no run waits any more.

    Asked when a place was given up, and when one that waits has been recorded: whichever comes last sees both.
    """
    dialect = dialect_for(EventLog)
    ready: set[int] = set()
    for key in keys:
        sql = f"SELECT max(most), {dialect.exact_epoch} FROM {_PLACES} WHERE key = %s"  # noqa: S608
        ((most, now),) = dialect.execute(sql, [key])
        if most is not None:
            ready |= {place.moment.event_id for place in next_ones(_places(dialect, key), most, float(now))}
    if events:
        left = f"SELECT 1 FROM {_PLACES} p WHERE p.event_id = e.id"  # noqa: S608
        sql = f"SELECT e.id FROM {_EVENTS} e WHERE e.id {dialect.ids} AND NOT EXISTS ({left})"  # noqa: S608
        ready |= {pk for (pk,) in dialect.execute(sql, [dialect.array(sorted(events))])}
    return _look_at(dialect, ready)


def keys_with_waiting() -> list[int]:
    """Return keys under which something waits, those that have waited longest first: for the sweep."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT key FROM {_PLACES} WHERE state = {int(PlaceState.WAITING)}
        GROUP BY key ORDER BY min(since) LIMIT {MOST_AT_ONCE}"""  # noqa: S608
    return [key for (key,) in dialect.execute(sql)]


def forget() -> int:
    """Forget places of events that are over, and keys that nobody has asked for lately; return how many keys."""
    dialect = dialect_for(EventLog)
    over = f"""
        SELECT p.id FROM {_PLACES} p LEFT JOIN {_EVENTS} e ON e.id = p.event_id
        WHERE e.id IS NULL OR e.status >= {int(EventStatus.DONE)} ORDER BY p.id LIMIT {MOST_AT_ONCE}"""  # noqa: S608
    dialect.execute(f"DELETE FROM {_PLACES} WHERE id {dialect.chosen(over)}")  # noqa: S608
    old = f"""
        SELECT k.key FROM {_KEYS} k WHERE k.touched_at < {dialect.later}
        AND NOT EXISTS (SELECT 1 FROM {_PLACES} p WHERE p.key = k.key)
        ORDER BY k.touched_at LIMIT {MOST_AT_ONCE}"""  # noqa: S608
    sql = f"DELETE FROM {_KEYS} WHERE key {dialect.chosen(old)} RETURNING key"  # noqa: S608
    return len(dialect.execute(sql, [dialect.seconds(-float(KEPT_SECONDS))]))


def places_of(
    *, event_ids: Collection[int] = (), repository: str = "", number: int | None = None
) -> list[Any]:
    """Return the rows of places, by their events or by the issue or pull request that they are about."""
    rows = FlowPlace.objects.order_by("event_id", "id")
    if event_ids:
        return list(rows.filter(event_id__in=list(event_ids)))
    about = EventLog.objects.filter(
        pk__in=list(rows.values_list("event_id", flat=True)), repository=repository, number=number
    )
    return list(rows.filter(event_id__in=list(about.values_list("pk", flat=True))))
