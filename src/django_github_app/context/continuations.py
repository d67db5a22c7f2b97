"""``context.continue_in``: have another callback called later, or when something else has happened."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gidgethub import sansio

from django_github_app import routing
from django_github_app.deliveries import Summary
from django_github_app.deliveries.event_names import split_name
from django_github_app.github.threads import head_of
from django_github_app.routing.binding import name_of

from .runs import encoded

if TYPE_CHECKING:
    from .runs import Run

__all__ = ["Continued", "Wait", "continued", "stored", "wait_of"]

LONGEST = 90 * 86400.0
"""Seconds: longer than that no event is kept that a callback could go on with."""
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Continued:
    """Why a continuation was called."""

    data: Any
    """What the callback that waited has left for it."""
    reason: str
    """``time``: it was to be called then; ``event``: what it waited for has come; ``timeout``: it has not."""
    event: str | None
    """Name of the event that has come."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What is written down: the arguments of `sql.continuations.add`."""

    key: str
    claim: int
    seconds: float
    fields: dict[str, Any]


def continued(event: sansio.Event) -> Continued | None:
    """Return why a continuation was called; None for any other event."""
    said = event.data.get("continuation")
    if not isinstance(said, dict) or "handler" not in said:
        return None
    return Continued(said.get("data"), str(said.get("reason")), said.get("event"))


def wait_of(
    event: sansio.Event,
    run: Run,
    callback: Callable[..., Any],
    *,
    after: float | dt.timedelta | None,
    on: str | None,
    timeout: float | dt.timedelta | None,
    data: Any,
    key: str,
) -> Wait:
    """Return what a callback that is to go on in another one has written down. Raises ValueError for nonsense."""
    registration = routing.continuation_of(callback)
    if registration is None or registration.continues is None:
        raise ValueError(f"{name_of(callback)} is no continuation: decorate it with @gh.continuation()")
    if (after is None) == (on is None):
        raise ValueError("continue_in waits for a time (after=…) or for an event (on=…): say one of them")
    seconds = _seconds(DAY if on is not None and timeout is None else timeout if on is not None else after)
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"a wait takes 0 to {LONGEST:.0f} seconds, not {seconds:.0f}")
    name, action = split_name(on) if on is not None else ("", None)
    summary = Summary.from_payload(event.data)
    if on is not None:
        if not registration.continues.may_wait_for(name, action):
            raise ValueError(f'{name_of(callback)} does not wait for {on!r}: say @gh.continuation(on="{on}")')
        if summary.repository_id is None:
            raise ValueError(f"a {event.event} event has no repository of which another event could be")
    target = registration.continues.name
    source = f"{run.handler} {run.position}"
    named = "\n".join((str(run.event_id), source, target, key))
    fields = {
        "event_id": run.event_id,
        "source": source,
        "handler": target,
        "worker_type": registration.worker_type or run.worker_type,
        "data": encoded(data),
        "event": name,
        "action": action or "",
        "repository_id": summary.repository_id,
        "number": summary.number,
        "head_sha": _head(event),
    }
    return Wait(hashlib.sha256(named.encode()).hexdigest(), run.claim, seconds, fields)


def stored(wait: Wait) -> bool:
    """Write a wait down; return whether its event is still the run's."""
    # Its table can be imported once Django has loaded its apps, and a handler's annotations are before that.
    from django_github_app.sql import continuations

    return continuations.add(wait.key, wait.claim, wait.seconds, wait.fields)


def _seconds(given: float | dt.timedelta | None) -> float:
    return given.total_seconds() if isinstance(given, dt.timedelta) else float(given or 0)


def _head(event: sansio.Event) -> str:
    try:
        return head_of(event.data)[:64]
    except (ValueError, KeyError, TypeError):
        return ""
