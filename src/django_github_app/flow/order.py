"""Which of two events of one key is the newer one, by what GitHub says; where it says nothing, by their receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Moment", "is_older", "moment_of"]

# What changes when something happens to it; each says when that was.
_DATED = (
    "pull_request",
    "issue",
    "comment",
    "review",
    "discussion",
    "check_run",
    "check_suite",
    "workflow_run",
)
_DATES = ("updated_at", "submitted_at", "created_at", "started_at", "completed_at")


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: by GitHub's clock, in whole seconds; at which commit; and in which order it came."""

    event_id: int
    at: float | None = None
    head: str | None = None
    before: str | None = None
    """The head that ``head`` took the place of."""


def moment_of(event_id: int, data: Mapping[str, Any]) -> Moment:
    """Read the moment of an event out of its payload."""
    dates = [
        when
        for name in _DATED
        if isinstance(part := data.get(name), Mapping)
        for field in _DATES
        if (when := _seconds(part.get(field))) is not None
    ]
    if "after" in data and "pull_request" not in data:  # a push
        repository = data.get("repository")
        pushed = repository.get("pushed_at") if isinstance(repository, Mapping) else None
        if (when := _seconds(pushed)) is not None:
            dates.append(when)
    return Moment(event_id, max(dates, default=None), _head_of(data), _sha(data.get("before")))


def _head_of(data: Mapping[str, Any]) -> str | None:
    if (pushed := _sha(data.get("after"))) is not None:
        return pushed
    for name in ("pull_request", "check_run", "check_suite", "workflow_run"):
        part = data.get(name)
        if isinstance(part, Mapping):
            head = part.get("head")
            found = _sha(head.get("sha")) if isinstance(head, Mapping) else _sha(part.get("head_sha"))
            if found is not None:
                return found
    return None


def _sha(value: Any) -> str | None:
    return value[:64] if isinstance(value, str) and value.strip("0") else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        when = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return when.timestamp() if when.tzinfo is not None else None


def is_older(one: Moment, other: Moment, follows: Iterable[tuple[str, str]]) -> bool | None:
    """Return whether ``one`` is older than ``other``; None: that cannot be known (yet).

    ``follows`` are pairs of commits, each of which took the place of the other as a head. Dates have whole seconds:
    of several pushes in one, only their commits say which was the last, once all are known.
    """
    if one.event_id == other.event_id:
        return False
    if one.head and other.head and one.head != other.head:
        later, earlier = _leads(one.head, other.head, follows), _leads(other.head, one.head, follows)
        if later != earlier:
            return later
        if one.at is None or other.at is None or one.at == other.at:
            return None
    if one.at is not None and other.at is not None and one.at != other.at:
        return one.at < other.at
    return one.event_id < other.event_id


def _leads(start: str, end: str, follows: Iterable[tuple[str, str]]) -> bool:
    onward: dict[str, list[str]] = {}
    for before, after in follows:
        onward.setdefault(before, []).append(after)
    seen, left = {start}, [start]
    while left:
        for after in onward.get(left.pop(), ()):
            if after == end:
                return True
            if after not in seen:
                seen.add(after)
                left.append(after)
    return False
