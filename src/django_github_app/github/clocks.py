"""Times that hosts share, although their clocks may be minutes, or an hour, apart.

GitHub says when a limit is over by its own clock, and a process writes into the cache until when something holds by
the clock of its host. Taken at their word elsewhere, an hour of difference makes two seconds' pause one of an hour.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["left_of", "note", "skew"]

FAITHFUL = 5.0
"""Seconds that two clocks may differ and still count as the same: GitHub's dates are whole seconds, and travel."""

_anchors: dict[str, float] = {}
"""By server: its time of day less our monotonic clock, where our time of day is not its."""


def note(base_url: str, headers: Mapping[str, str], took: float) -> None:
    """Learn GitHub's time from an answer that ``took`` so many seconds; a slow one does not tell."""
    if took > FAITHFUL / 2:
        return
    try:
        said = parsedate_to_datetime(headers["date"]).timestamp() + 0.5
    except (KeyError, TypeError, ValueError):
        return
    if abs(said - time.time()) > FAITHFUL:
        _anchors[base_url] = said - time.monotonic()
    elif _anchors:
        _anchors.pop(base_url, None)


def skew(base_url: str) -> float:
    """Return the seconds that GitHub's clock is ahead of our host's; 0.0 unless it is known to differ."""
    anchor = _anchors.get(base_url)
    return 0.0 if anchor is None else anchor + time.monotonic() - time.time()


def left_of(until: float, seconds: float, now: float) -> float:
    """Return how much is left of ``seconds`` that end at ``until``, on the clock of whoever began them; 0.0: nothing.

    For what the cache keeps just as long: an end that is too far away, or long past, is one of another clock.
    Half of the time is then the guess that is never more than that wrong.
    """
    left = until - now
    if -FAITHFUL < left <= seconds + FAITHFUL:
        return min(max(left, 0.0), seconds)
    return seconds / 2
