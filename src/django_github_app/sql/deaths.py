"""Deaths that are to be told: noted with the state itself, taken by one process, deleted when they were told.

A death is noted once, however often its outcome is recorded: a callback's only if the ledger did not have it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django_github_app.models.deaths import Death
from django_github_app.models.events import HandlerRun, RunStatus

from .dialects import Column, Dialect, dialect_for

__all__ = ["Due", "are_due", "forget", "new_among", "note", "take"]

_DEATHS = Death._meta.db_table
_RUNS = HandlerRun._meta.db_table
_COLUMNS = (Column("event_id", "bigint"), Column("handler", "text"), Column("position", "integer"))

Key = tuple[int, str, int]
"""Event, callback (empty for the event itself), position."""


@dataclass(frozen=True, slots=True)
class Due:
    """A death that this process has taken to tell."""

    id: int
    event_id: int
    handler: str
    position: int


def new_among(dialect: Dialect, dead: Iterable[Key]) -> list[Key]:
    """Return those callbacks that the ledger does not have as over yet: to be asked before they are recorded."""
    keys = set(dead)
    if not keys:
        return []
    sql = f"""
        SELECT event_id, handler, position FROM {_RUNS}
        WHERE event_id {dialect.ids} AND status >= {int(RunStatus.SUCCEEDED)}"""  # noqa: S608
    known = dialect.execute(sql, [dialect.array(sorted({key[0] for key in keys}))])
    return sorted(keys - {(event_id, handler, position) for event_id, handler, position in known})


def note(dialect: Dialect, keys: Sequence[Key]) -> None:
    """Note deaths, in the caller's transaction."""
    if not keys:
        return
    source, parameters = dialect.rows(_COLUMNS, keys)
    dialect.execute(
        f"""
        INSERT INTO {_DEATHS} (event_id, handler, position, taken_until)
        SELECT o.event_id, o.handler, o.position, {dialect.now} FROM {source} WHERE o.event_id > 0
        ON CONFLICT (event_id, handler, position) DO NOTHING""",  # noqa: S608
        parameters,
    )


def are_due() -> bool:
    """Return whether there is a death that nobody is telling."""
    dialect = dialect_for(Death)
    return bool(dialect.execute(f"SELECT 1 FROM {_DEATHS} WHERE taken_until <= {dialect.now} LIMIT 1"))  # noqa: S608


def take(term: float) -> Due | None:
    """Take the oldest death that nobody is telling, for ``term`` seconds; None when there is none."""
    dialect = dialect_for(Death)
    free = f"""
        SELECT e.id FROM {_DEATHS} e WHERE e.taken_until <= {dialect.now}
        ORDER BY e.id LIMIT 1 {dialect.skip_locked}"""  # noqa: S608
    sql = f"""
        UPDATE {_DEATHS} SET taken_until = {dialect.later} WHERE id {dialect.chosen(free)}
        RETURNING id, event_id, handler, position"""  # noqa: S608
    rows = dialect.execute(sql, [dialect.seconds(term)])
    return Due(*rows[0]) if rows else None


def forget(due: Due) -> None:
    """Delete a death that was told."""
    Death.objects.filter(pk=due.id).delete()
