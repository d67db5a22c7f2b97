"""What a worker asks of the recorder, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError

from django_github_app.sql.claims import Claimed, EventOutcome, RunOutcome
from django_github_app.sql.flow import Admitted, Asked

__all__ = [
    "Admit",
    "Claim",
    "Operation",
    "Perform",
    "Record",
    "Recorded",
    "Release",
    "Renew",
    "Take",
    "Watch",
]

# Errors of the server or the connection, such as one that became read-only; all others are about what it was given.
ABOUT_THE_SERVER = (OperationalError, InterfaceError, InternalError)


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
class Admit:
    """Ask for the turn of a run under a key. Result: ``admitted``, and what is ``ready`` to be published by it."""

    asked: Asked
    lane: int | None = None
    """Of its event: what follows in it may run when the event leaves it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Ask which of these events, or runs of theirs, are to stop; whoever runs them in this process is told."""

    event_ids: Collection[int]


@dataclass(frozen=True, slots=True)
class Perform:
    """Call a function that uses the database. Result: its ``value``."""

    function: Callable[..., Any]
    args: Sequence[Any] = ()

    def outcome(self) -> Recorded | Exception:
        """Call it; return what it raised, unless that is the server's, which concerns all others as well."""
        try:
            return Recorded(value=self.function(*self.args))
        except ABOUT_THE_SERVER:
            raise
        except Exception as error:  # noqa: BLE001 - the others have nothing to do with it
            return error


@dataclass(slots=True)
class Recorded:
    """What came of an operation: the fields that it has."""

    claimed: list[Claimed] = field(default_factory=list)
    first: list[Claimed] = field(default_factory=list)
    """What was claimed to go before the rest of a batch."""
    ready: list[tuple[str, int]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    renewed: int = 0
    more: bool = False
    admitted: Admitted | None = None
    value: Any = None


Operation = Claim | Take | Record | Release | Renew | Admit | Watch | Perform
