"""Whether a run of a key may begin now, has to wait, or is out of date; and which others are, by its coming."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Self

from .order import Moment, is_older
from .policy import Flow

__all__ = ["Decision", "KeyState", "Place", "PlaceState", "decide", "next_ones"]

MOST_PAIRS = 60
"""Pairs of commits that are remembered for a key: pushes whose events are under way at the same time are fewer."""
LONGEST_WAIT = 60.0
"""Seconds after which whoever waits for its turn asks again: nobody may have been left to tell it."""


class PlaceState(IntEnum):
    """What the place of a run is."""

    WAITING = 0
    """For its turn, for quiet, or for its rate."""
    RUNNING = 1
    RESTING = 2
    """It has failed, and waits for its next attempt."""
    STOPPED = 3
    """It was cancelled and has not ended yet."""

    @property
    def is_in_use(self) -> bool:
        """Whether something runs."""
        return self in (PlaceState.RUNNING, PlaceState.STOPPED)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one run among those of its key."""

    id: int
    handler: str
    position: int
    moment: Moment
    state: PlaceState
    due: float | None = None
    """Until when it waits for quiet or for its rate, in seconds since 1970 on the database's clock."""
    since: float = 0.0
    counts: bool = True
    """Whether its event replaces others: one of the app's own account does not."""

    @property
    def run(self) -> tuple[int, str, int]:
        """What names the run in the ledger."""
        return self.moment.event_id, self.handler, self.position


@dataclass(slots=True)
class KeyState:
    """What is remembered of a key while nothing of it runs or waits."""

    newest: Moment | None = None
    follows: list[tuple[str, str]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    quiet_since: float | None = None
    """When the first of a series of events came that waits for quiet."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `text` returned."""
        if not text:
            return cls()
        data: dict[str, Any] = json.loads(text)
        newest = data.get("newest")
        return cls(
            None if newest is None else Moment(newest[0], newest[1], newest[2]),
            [(one, other) for one, other in data.get("follows", ())],
            [float(one) for one in data.get("starts", ())],
            data.get("quiet"),
        )

    @property
    def text(self) -> str:
        """What the table keeps."""
        newest = self.newest
        data = {
            "newest": None if newest is None else [newest.event_id, newest.at, newest.head],
            "follows": self.follows[-MOST_PAIRS:],
            "starts": self.starts,
            "quiet": self.quiet_since,
        }
        return json.dumps({name: value for name, value in data.items() if value}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a run that asks, and of others by its coming."""

    state: PlaceState | None
    """None: it is out of date, and never runs."""
    wait: float = 0.0
    """Seconds until it asks again, unless it is told earlier."""
    due: float | None = None
    by: int | None = None
    """The event that took its place, or that it waits behind."""
    replaced: Sequence[tuple[Place, int]] = ()
    """Others that are out of date now, each with the event by which it is."""


def decide(flow: Flow, asks: Place, others: Iterable[Place], known: KeyState, now: float) -> Decision:
    """Decide about a run, and change what is known of the key accordingly.

    ``others`` are all other places of the key. ``asks`` has the place's old ``due`` if it has waited before.
    """
    others = sorted(others, key=lambda place: place.moment.event_id)
    if (
        asks.moment.before
        and asks.moment.head
        and (pair := (asks.moment.before, asks.moment.head)) not in known.follows
    ):
        known.follows = [*known.follows, pair][-MOST_PAIRS:]
    replaced: Sequence[tuple[Place, int]] = ()
    if flow.on_newer != "queue":
        by = _newer_than(asks, others, known)
        # Also when this one is out of date: it may say in which order two others are.
        replaced = tuple(_replaced(flow, asks if by is None else None, others, known))
        _note_newest([asks, *others], known)
        if by is not None:
            return Decision(None, by=by, replaced=replaced)
        gone = {place.id for place, _ in replaced if not place.state.is_in_use}
        others = [place for place in others if place.id not in gone]
    due = _due(flow, asks, known, now)
    if due is not None and due > now:
        return Decision(PlaceState.WAITING, due - now, due, replaced=replaced)
    in_use = [place for place in others if place.state.is_in_use]
    # Whoever waits for its turn longer goes first; who waits for quiet or a rate is not in the way.
    before = [
        place
        for place in others
        if place.state == PlaceState.WAITING
        and (place.due is None or place.due <= now)
        and place.moment.event_id < asks.moment.event_id
    ]
    if len(in_use) + len(before) >= flow.limit:
        behind = (in_use or before)[0].moment.event_id
        return Decision(PlaceState.WAITING, LONGEST_WAIT, by=behind, replaced=replaced)
    if flow.rate is not None:
        known.starts = [one for one in known.starts if one > now - flow.rate.seconds][-flow.rate.count :]
        if len(known.starts) >= flow.rate.count:
            due = known.starts[0] + flow.rate.seconds
            return Decision(PlaceState.WAITING, max(0.05, due - now), due, replaced=replaced)
        known.starts = [*known.starts, now]
    known.quiet_since = None
    return Decision(PlaceState.RUNNING, replaced=replaced)


def _newer_than(asks: Place, others: Sequence[Place], known: KeyState) -> int | None:
    """Return an event that is newer than the one that asks, and takes its place."""
    for place in reversed(others):
        if place.counts and is_older(asks.moment, place.moment, known.follows):
            return place.moment.event_id
    if known.newest is not None and is_older(asks.moment, known.newest, known.follows):
        return known.newest.event_id
    return None


def _replaced(
    flow: Flow, asks: Place | None, others: Sequence[Place], known: KeyState
) -> Iterable[tuple[Place, int]]:
    """Yield what is out of date, and by which event: also of two others whose order is known only now."""
    newer = [place.moment for place in (asks, *reversed(others)) if place is not None and place.counts]
    for place in others:
        if place.state == PlaceState.STOPPED or (
            place.state == PlaceState.RUNNING and flow.on_newer != "cancel"
        ):
            continue
        for moment in newer:
            if is_older(place.moment, moment, known.follows):
                yield place, moment.event_id
                break


def _note_newest(places: Sequence[Place], known: KeyState) -> None:
    for place in places:
        if place.counts and (known.newest is None or is_older(known.newest, place.moment, known.follows)):
            known.newest = place.moment


def _due(flow: Flow, asks: Place, known: KeyState, now: float) -> float | None:
    if flow.debounce is None:
        return None
    if asks.due is not None:  # it has waited already, and nothing came
        return asks.due
    since = known.quiet_since if known.quiet_since is not None else now
    known.quiet_since = since
    due = now + flow.debounce
    return due if flow.max_wait is None else min(due, since + flow.max_wait)


def next_ones(places: Iterable[Place], limit: int, now: float) -> list[Place]:
    """Return those that wait for a turn which has come."""
    places = list(places)
    free = limit - sum(place.state.is_in_use for place in places)
    waiting = [
        place
        for place in sorted(places, key=lambda place: place.moment.event_id)
        if place.state == PlaceState.WAITING and (place.due is None or place.due <= now)
    ]
    return waiting[: max(0, free)]
