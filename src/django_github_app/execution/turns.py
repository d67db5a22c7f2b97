"""The turn of a run under a key: asked for before its callback is called, given up when it is over.

A key is evaluated here, after matching: an event that the handler is not for changes nothing. For a command that is
after its author was found to be allowed it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.errors import AwaitsTurn, RetryLater, RunStopped, RunSuperseded
from django_github_app.flow.order import moment_of
from django_github_app.flow.policy import key_of
from django_github_app.github.current import current_call
from django_github_app.models import RunStatus
from django_github_app.routing.binding import Call
from django_github_app.sql.flow import Asked
from django_github_app.sql.outcomes import RunEnd, RunOutcome, superseded

from .inline_recorder import InlineRecorder
from .operations import Admit, Watch

if TYPE_CHECKING:
    from .runtimes import EventRuntime

__all__ = ["given_up", "keyed_last", "not_run", "take"]

logger = logging.getLogger(__name__)


def keyed_last(calls: Sequence[Call]) -> Sequence[Call]:
    """Return an event's calls with those last that have a key: these run when the event has left its lane."""
    if not any(call.flow is not None for call in calls):
        return calls
    return sorted(calls, key=lambda call: call.flow is not None)


async def take(call: Call, event: sansio.Event, runtime: EventRuntime) -> None:
    """Take a run's turn. Raises `RunSuperseded` when it is out of date, and `AwaitsTurn` when others go first."""
    flow, claimed = call.flow, runtime.claimed
    if flow is None:
        return
    key = key_of(flow, call.handler, event, _subject(event, claimed.id))
    asked = Asked(
        flow,
        key,
        moment_of(claimed.id, event.data),
        call.handler,
        call.position,
        call.kind,
        claimed.attempt,
        runtime.attempt,
        counts=flow.own_events or not _is_own(event),
        leaves_lane=runtime.leaves_lane and claimed.lane is not None and not runtime.left_lane,
    )
    result = await runtime.ask(Admit(asked, claimed.lane))
    await runtime.publish(result.ready)
    if result.admitted is None:
        raise RetryLater("Another worker has taken this event over", seconds=0)
    runtime.interrupts = flow.interrupt
    runtime.left_lane = runtime.left_lane or asked.leaves_lane
    if (current := current_call.get()) is not None:
        current.confirm = _confirming(runtime)
    decision = result.admitted.decision
    if decision.state is None:
        raise RunSuperseded(superseded(decision.by or 0))
    runtime.place = RunEnd(key.number, claimed.id, call.handler, call.position, claimed.attempt)
    if decision.wait:
        runtime.place = replace(runtime.place, wait=decision.wait)
        behind = f"behind event {decision.by}" if decision.by else f"{decision.wait:.1f} s"
        raise AwaitsTurn(f"waits {behind}: {key.label}", seconds=decision.wait)


def not_run(
    call: Call,
    runtime: EventRuntime,
    error: RunStopped | AwaitsTurn,
    attempt: int,
    started_at: dt.datetime,
    duration_ms: float,
) -> RunOutcome:
    """Return what the ledger says of a run that was stopped, or has to wait for its turn."""
    waits = isinstance(error, AwaitsTurn)
    superseded = isinstance(error, RunSuperseded)
    stopped = RunStatus.SUPERSEDED if superseded else RunStatus.CANCELLED
    fields = {"event_id": runtime.event_id, "handler": call.handler, "reason": str(error)}
    if waits:
        logger.info("callback waits for its turn", extra=fields)
    else:
        logger.info("callback stopped", extra=fields)
    return RunOutcome(
        runtime.event_id, call.kind, call.handler, call.position, RunStatus.RETRYING if waits else stopped,
        attempt - 1 if waits else attempt, started_at, duration_ms, None, str(error),
        command=call.command, arguments=call.arguments, actor=call.actor,
    )  # fmt: skip


def given_up(run: RunOutcome, runtime: EventRuntime) -> RunOutcome:
    """Return an outcome with the place that its run had, which is given up when it is recorded."""
    place, runtime.place = runtime.place, None
    if place is None:
        return run
    return replace(run, place=replace(place, rests=not run.status.is_final and place.wait is None))


def _subject(event: sansio.Event, event_id: int) -> str:
    """Return what is meant by no key: the issue or pull request, else the event itself."""
    data: Any = event.data
    repository = data.get("repository") or {}
    thing = next((data[name] for name in ("pull_request", "issue", "discussion") if data.get(name)), data)
    number = thing.get("number") if isinstance(thing, dict) else None
    if not isinstance(repository, dict) or number is None or "id" not in repository:
        return f"event {event_id}"
    return f"{repository['id']}:{number}"


def _is_own(event: sansio.Event) -> bool:
    """Return whether the app's own account caused an event."""
    sender, slug = event.data.get("sender"), app_settings.SLUG
    login = sender.get("login") if isinstance(sender, dict) else None
    return bool(slug) and isinstance(login, str) and login.casefold() == f"{slug}[bot]".casefold()


def _confirming(runtime: EventRuntime) -> Callable[[], Awaitable[object]] | None:
    """Return what asks the ledger whether this run is to stop; None in a test's transaction, which has one thread."""
    recorder, event_id = runtime.recorder, runtime.event_id
    if recorder is None or isinstance(recorder, InlineRecorder):
        return None
    return lambda: recorder.asubmit(Watch([event_id]))
