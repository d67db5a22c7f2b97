"""What a worker asks of the recorder, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django_github_app.sql.claims import Claimed, EventOutcome, RunOutcome

__all__ = ["Claim", "Operation", "Perform", "Record", "Recorded", "Release", "Renew", "Take"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim these events. Result: those that were claimed."""

    ids: Sequence[int]
    unordered: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """Claim up to ``limit`` events of a worker type: those of ``ids`` that a look passes over, then what is pending.

    Result: those that were claimed, and whether there is ``more``.
    """

    worker_type: str
    ids: Sequence[int] = ()
    limit: int = 100
    unordered: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Record callbacks and, with ``outcome``, the end of their event.

    With ``lane`` the result holds the event of that lane that runs next: claimed if it is of the worker type
    ``claim_next``, else ready to be published.
    """

    runs: Sequence[RunOutcome] = ()
    outcome: EventOutcome | None = None
    lane: int | None = None
    claim_next: str | None = None
    unordered: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Give claims back. Result: the ids that were still ours."""

    claims: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Renew:
    """Extend the leases of claims; ``confirmed`` is called when that is done. Result: how many were still ours."""

    claims: Sequence[tuple[int, int]]
    confirmed: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Perform:
    """Call a function that uses the database. Result: its ``value``."""

    function: Callable[..., Any]
    args: Sequence[Any] = ()


@dataclass(slots=True)
class Recorded:
    """What came of an operation: the fields that it has."""

    claimed: list[Claimed] = field(default_factory=list)
    ready: list[tuple[str, int]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    renewed: int = 0
    more: bool = False
    value: Any = None


Operation = Claim | Take | Record | Release | Renew | Perform
