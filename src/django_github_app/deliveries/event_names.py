"""Names of events and actions: how a project may write them, and which of them GitHub never sends. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from .known_events import ANY_ACTION, EVENTS

__all__ = ["CONTINUED", "EVERY", "SCHEDULED", "problems_of", "split_name"]

EVERY = "*"
"""Instead of a name: every event."""
SCHEDULED = "schedule"
"""The events that schedules make: GitHub sends none of that name."""

CONTINUED = "continuation"
"""The events that `context.continue_in` makes: GitHub sends none of that name."""


def split_name(name: str) -> tuple[str, str | None]:
    """Return event and action of ``issues.opened``; None for the action of ``issues``."""
    event, dot, action = name.partition(".")
    return event, action if dot else None


def problems_of(event: str, actions: Iterable[str] | None) -> Iterator[str]:
    """Yield a sentence for each name that GitHub sends in none of its editions, with what may have been meant."""
    if event in (CONTINUED, EVERY, SCHEDULED):
        return
    if event not in EVENTS:
        yield f"GitHub sends no event {event!r}{_meant(event, EVENTS)}"
        return
    known = EVENTS[event]
    for action in sorted(actions or ()):
        if action in known or event in ANY_ACTION:
            continue
        if known:
            yield f"{event!r} has no action {action!r}{_meant(action, known)}"
        else:
            yield f"{event!r} has no actions, so {action!r} never matches."


def _meant(name: str, known: Collection[str]) -> str:
    folded = name.casefold().replace("-", "_")
    close = [folded] if folded in known else get_close_matches(folded, known, n=1, cutoff=0.6)
    if not close:
        # ``open`` for ``opened``, ``review`` for ``pull_request_review``.
        close = sorted((one for one in known if folded in one), key=len)[:1]
    return f": did you mean {close[0]!r}?" if close else "."
