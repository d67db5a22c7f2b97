"""How claimed events ended, and what their callbacks did: recorded for many at once, in one round trip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django_github_app.models.events import EventLog, EventStatus, HandlerRun, RunStatus

from . import deaths
from .dialects import Column, Dialect, dialect_for, storable
from .tries import kept_tries

_EVENTS = EventLog._meta.db_table
_RUNS = HandlerRun._meta.db_table
_PROCESSING = int(EventStatus.PROCESSING)
# Nobody goes on from the checkpoint of these; one that died may be tried again.
_DONE_WITH = f"{int(RunStatus.SUCCEEDED)}, {int(RunStatus.REJECTED)}"

Statement = tuple[str, list[Any]]

CANCELLATION = "cancellation of the event"
"""Stands in the ledger for a whole event that somebody cancelled: none of its callbacks counts any more."""
# Runs that end so are not called off by a cancellation: they are what it came to.
_STOPPED = int(RunStatus.SUPERSEDED)


def superseded(by: int) -> str:
    """Return how the ledger says which event took a run's place."""
    return f"superseded by event {by}"


def cancelled(by: str) -> str:
    """Return how the ledger says who cancelled a run."""
    return f"cancelled by {by}"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The place of a run under a key that is over, rests until its next attempt, or waits for its turn."""

    key: int
    event_id: int
    handler: str
    position: int
    attempt: int
    """The event's."""
    rests: bool = False
    wait: float | None = None
    """Seconds until it asks again for its turn."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """One attempt at one callback, for the ledger. ``retry_in`` in seconds."""

    event_id: int
    kind: str
    handler: str
    position: int
    status: RunStatus
    attempts: int
    started_at: dt.datetime
    duration_ms: float
    retry_in: float | None = None
    error: str | None = None
    traceback: str | None = None
    command: str | None = None
    arguments: str | None = None
    actor: str | None = None
    place: RunEnd | None = None
    """The place under a key that it gives up."""

    @property
    def due_in(self) -> float | None:
        """Seconds until the callback is to be called again; None: it is over."""
        return self.retry_in if self.place is None or self.retry_in is not None else self.place.wait


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """How a claimed event ended: its next state, or ``drop`` to delete it (GITHUB_APP["LOG_ALL_EVENTS"]).

    ``runs`` are those of its callbacks that are not in the ledger yet.
    """

    event_id: int
    attempt: int
    status: EventStatus
    retry_in: float | None = None
    drop: bool = False
    runs: Sequence[RunOutcome] = ()
    deaths: bool = False
    """Whether the event or one of its callbacks died in this attempt: their signals are to be sent."""
    keys: Sequence[int] = ()
    """Keys under which it waits for its turn: that may have come meanwhile."""


CLAIM_COLUMNS = (Column("event_pk", "bigint"), Column("attempt", "integer"))
_OUTCOME_COLUMNS = (
    *CLAIM_COLUMNS,
    Column("outcome", "smallint"),
    Column("retry_in", "double precision"),
)
_RUN_COLUMNS = (
    Column("event_id", "bigint"),
    Column("kind", "text"),
    Column("handler", "text"),
    Column("position", "integer"),
    Column("status", "smallint"),
    Column("attempts", "smallint"),
    Column("started_at", "timestamptz"),
    Column("duration_ms", "double precision"),
    Column("retry_in", "double precision"),
    Column("error", "text"),
    Column("traceback", "text"),
    Column("command", "text"),
    Column("arguments", "text"),
    Column("actor", "text"),
)


def finish(outcomes: Sequence[EventOutcome], runs: Sequence[RunOutcome] = ()) -> set[int]:
    """Record callbacks in the ledger and move their events on, all or nothing.

    Returns the ids of the events that moved: a missing one was taken over by another worker. ``runs`` may
    also belong to events that are still running.
    """
    dialect = dialect_for(EventLog)
    kept = [o for o in outcomes if not o.drop]
    dropped = [o for o in outcomes if o.drop]
    statements = []
    if dropped:
        gone = {o.event_id for o in dropped}
        runs = [run for run in runs if run.event_id not in gone]
    if runs:
        statements.append(_recording(dialect, runs))
    if kept:
        statements.append(_moving(dialect, kept))
    if dropped:
        statements.append(_dropping(dialect, dropped))
    if runs and kept and dialect.is_postgresql:
        # Beside it, in the same statement: BEGIN, another statement and COMMIT would be three more round trips.
        (record, its_parameters), (move, parameters) = statements[:2]
        statements[:2] = [(f"WITH recorded AS ({record}) {move}", [*its_parameters, *parameters])]
    dead_runs = [r for r in runs if r.status == RunStatus.DEAD]
    dead_events = [o.event_id for o in kept if o.status == EventStatus.DEAD]
    # Only an earlier attempt can have left anything in the ledger: with the first one nothing is looked for.
    tried_before = {o.event_id for o in dropped if o.attempt > 1}
    moved: set[int] = set()
    alone = len(statements) <= 1 and not (tried_before or dead_runs or dead_events)
    with in_one_go(dialect) if alone else dialect.atomic():
        news = deaths.new_among(dialect, ((r.event_id, r.handler, r.position) for r in dead_runs))
        for sql, parameters in statements:
            moved.update(row[0] for row in dialect.execute(sql, parameters))
        if orphans := sorted(tried_before & moved):
            dialect.execute(f"DELETE FROM {_RUNS} WHERE event_id {dialect.ids}", [dialect.array(orphans)])  # noqa: S608
        deaths.note(dialect, [*news, *((pk, "", 0) for pk in dead_events if pk in moved)])
    return moved


def in_one_go(dialect: Dialect) -> AbstractContextManager[None]:
    """Surround one statement: it is a transaction by itself, except where a failure would spoil the caller's."""
    return dialect.atomic() if dialect.connection.in_atomic_block else nullcontext()


def _moving(dialect: Dialect, outcomes: Sequence[EventOutcome]) -> Statement:
    source, parameters = dialect.rows(
        _OUTCOME_COLUMNS, [(o.event_id, o.attempt, int(o.status), o.retry_in) for o in outcomes]
    )
    sql = f"""
        UPDATE {_EVENTS} SET
            status = o.outcome,
            lease_expires_at = NULL,
            claimed_in = NULL,
            published_at = NULL,
            next_attempt_at = {dialect.seconds_from_now("o.retry_in")},
            finished_at = CASE WHEN o.outcome >= {int(EventStatus.DONE)} THEN {dialect.now} END
        FROM {source}
        WHERE id = o.event_pk AND attempts = o.attempt AND status + 0 = {_PROCESSING}
        RETURNING id"""  # noqa: S608
    return sql, parameters


def _dropping(dialect: Dialect, outcomes: Sequence[EventOutcome]) -> Statement:
    source, parameters = dialect.rows(CLAIM_COLUMNS, [(o.event_id, o.attempt) for o in outcomes])
    ours = f"(id, attempts) IN (SELECT o.event_pk, o.attempt FROM {source})"  # noqa: S608
    sql = f"DELETE FROM {_EVENTS} WHERE {ours} AND status + 0 = {_PROCESSING} RETURNING id"  # noqa: S608
    return sql, parameters


def _recording(dialect: Dialect, runs: Sequence[RunOutcome]) -> Statement:
    latest = {(r.event_id, r.handler, r.position): r for r in runs}
    source, parameters = dialect.rows(
        _RUN_COLUMNS,
        [
            (
                r.event_id,
                r.kind,
                r.handler,
                r.position,
                int(r.status),
                r.attempts,
                dialect.moment(r.started_at),
                r.duration_ms,
                r.retry_in,
                storable(r.error),
                storable(r.traceback),
                storable(r.command),
                storable(r.arguments),
                storable(r.actor),
            )
            for r in latest.values()
        ],
    )
    names = [c.name for c in _RUN_COLUMNS if c.name != "retry_in"]
    changed = ("status", "attempts", "started_at", "duration_ms", "next_attempt_at", "error", "traceback")
    # What is over stays as it is, except that a success counts against a worker that lost its lease and gave up.
    # Whether somebody cancelled the event is asked one by one: for NOT EXISTS PostgreSQL reads the whole ledger, as
    # long as it takes that to be small.
    sql = f"""
        INSERT INTO {_RUNS} AS run ({", ".join(names)}, next_attempt_at)
        SELECT {", ".join(f"o.{name}" for name in names)}, {dialect.seconds_from_now("o.retry_in")}
        FROM {source}
        WHERE EXISTS (SELECT 1 FROM {_EVENTS} e WHERE e.id = o.event_id)
        AND (o.status >= {_STOPPED} OR (
            SELECT c.event_id FROM {_RUNS} c
            WHERE c.event_id = o.event_id AND c.handler = '{CANCELLATION}' AND c.position = 0) IS NULL)
        ON CONFLICT (event_id, handler, position) DO UPDATE
        SET {", ".join(f"{name} = excluded.{name}" for name in changed)}, tries = {kept_tries(dialect)},
            checkpoint = CASE WHEN excluded.status IN ({_DONE_WITH}) THEN NULL ELSE run.checkpoint END
        WHERE run.status < {int(RunStatus.SUCCEEDED)} OR (
            run.status = {int(RunStatus.DEAD)} AND excluded.status = {int(RunStatus.SUCCEEDED)}
        )"""  # noqa: S608
    return sql, parameters
