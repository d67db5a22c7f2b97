"""Checkpoints: how far a callback got, in its row of the ledger, where its next attempt finds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django_github_app.models.events import EventLog, EventStatus, HandlerRun, RunStatus

from .dialects import dialect_for

__all__ = ["Checkpoint", "save"]

_EVENTS = EventLog._meta.db_table
_RUNS = HandlerRun._meta.db_table


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is stored for a run of a callback in a claim of its event."""

    event_id: int
    claim: int
    kind: str
    handler: str
    position: int
    attempts: int
    """Attempts that have ended: this one may never say how it did."""
    started_at: dt.datetime
    data: str
    command: str | None = None
    arguments: str | None = None
    actor: str | None = None


def save(one: Checkpoint) -> bool:
    """Store a checkpoint; return whether it was: not that of a worker that has lost its claim.

    Who gets on has not taken its workers down: the count of those that were lost begins anew.
    """
    dialect = dialect_for(EventLog)
    ours = f"id = %s AND attempts = %s AND status + 0 = {int(EventStatus.PROCESSING)}"
    columns = "event_id, handler, position, kind, status, attempts, started_at, command, arguments, actor, checkpoint"
    values = [
        one.event_id, one.handler, one.position, one.kind, int(RunStatus.STARTED), one.attempts,
        dialect.moment(one.started_at), one.command, one.arguments, one.actor, one.data,
    ]  # fmt: skip
    with dialect.atomic():
        # The row is locked by this: nobody takes the event back between the two statements.
        if not dialect.execute(
            f"UPDATE {_EVENTS} SET lost_leases = 0 WHERE {ours} RETURNING id",  # noqa: S608
            [one.event_id, one.claim],
        ):
            return False
        dialect.execute(
            f"""
            INSERT INTO {_RUNS} AS run ({columns}, checkpointed_at)
            VALUES ({", ".join(["%s"] * len(values))}, {dialect.now})
            ON CONFLICT (event_id, handler, position) DO UPDATE
            SET checkpoint = excluded.checkpoint, checkpointed_at = excluded.checkpointed_at,
                status = excluded.status, started_at = excluded.started_at, next_attempt_at = NULL
            WHERE run.status < {int(RunStatus.SUCCEEDED)}""",  # noqa: S608
            values,
        )
    return True
