"""Earlier tries of a callback: kept beside its latest one, in the statement that writes that one over them.

A run that succeeds at once, as nearly all do, has none and writes none.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django_github_app.models.events import HandlerRun

from .dialects import Dialect, dialect_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST", "Try", "earlier_tries", "kept_tries"]

MOST: Final = 10
"""The newest tries before the latest that are kept of one callback."""
LONGEST: Final = 4000
"""Characters of each one's traceback that are kept: its end, where the cause is."""


@dataclass(frozen=True, slots=True)
class Try:
    """A try that failed."""

    started_at: dt.datetime
    duration_ms: float | None
    error: str
    traceback: str


def kept_tries(dialect: Dialect) -> str:
    """Return SQL for the new value of ``run.tries`` where ``excluded`` is written over ``run``."""
    if dialect.is_postgresql:
        known = "coalesce(run.tries::jsonb, '[]')"
        bounded = f"CASE WHEN jsonb_array_length({known}) < {MOST} THEN {known} ELSE {known} - 0 END"
        one = _object("jsonb_build_object", f"right(run.traceback, {LONGEST})")
        added = f"(({bounded}) || {one})::text"
    else:
        known = "coalesce(run.tries, '[]')"
        bounded = f"CASE WHEN json_array_length({known}) < {MOST} THEN {known} ELSE json_remove({known}, '$[0]') END"
        one = _object("json_object", f"substr(run.traceback, -{LONGEST})")
        added = f"json_insert({bounded}, '$[#]', {one})"
    # What is recorded twice began at the same moment.
    return (
        f"CASE WHEN run.error IS NULL OR run.started_at = excluded.started_at THEN run.tries ELSE {added} END"
    )


def _object(function: str, traceback: str) -> str:
    return (
        f"{function}('started_at', run.started_at, 'duration_ms', run.duration_ms, "
        f"'error', run.error, 'traceback', {traceback})"
    )


def earlier_tries(run: HandlerRun) -> list[Try]:
    """Return the tries before a run's latest, oldest first."""
    return list(_read(run)) if run.tries else []


def _read(run: HandlerRun) -> Iterator[Try]:
    dialect = dialect_for(HandlerRun)
    for one in json.loads(run.tries or "[]"):
        at = dialect.as_moment(one["started_at"])
        yield Try(at, one["duration_ms"], one["error"] or "", one["traceback"] or "")
