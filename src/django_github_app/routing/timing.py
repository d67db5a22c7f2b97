"""When schedules are due: intervals and crontabs, spread over time. Pure: times in seconds since the epoch."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["LEAST_SECONDS", "SPREAD", "Crontab", "Every", "When", "due_for", "offset_of", "when_of"]

LEAST_SECONDS: Final = 60
"""A shorter interval is refused: schedules are planned once a minute."""
SPREAD: Final = 300
"""Seconds after a crontab's minute within which its calls start."""
LONGEST_LOOK_BACK: Final = 8 * 86400
"""What was due longer ago than this, and not planned since, is left out."""

_NAMES: Final = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400}
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def offset_of(key: str, spread: int) -> int:
    """Return the seconds by which a target is put off: the same each time, and evenly spread over all targets."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % spread


@dataclass(frozen=True, slots=True)
class Every:
    """Once in so many seconds."""

    seconds: int

    @property
    def spread(self) -> int:
        """Seconds over which targets are spread: all of them."""
        return self.seconds

    def due(self, since: float, until: float, zone: dt.tzinfo) -> list[int]:
        """Return the last moment before ``until``, and the one before it: offsets come on top."""
        last = int(until // self.seconds) * self.seconds
        return [last, last - self.seconds]


@dataclass(frozen=True, slots=True)
class Crontab:
    """At the minutes that ``minute hour day month weekday`` names; of two restricted days either counts."""

    fields: tuple[frozenset[int], ...]
    any_day: bool
    any_weekday: bool

    @property
    def spread(self) -> int:
        """Seconds over which targets are spread."""
        return SPREAD

    @classmethod
    def parse(cls, text: str) -> Crontab:
        """Read five fields of numbers, ranges, lists and steps. Raises ValueError."""
        parts = text.split()
        if len(parts) != len(_RANGES):
            raise ValueError(f"{text!r} is no crontab: it has five fields, minute hour day month weekday")
        fields = [frozenset(_numbers(part, *bounds)) for part, bounds in zip(parts, _RANGES, strict=True)]
        fields[4] = frozenset(day % 7 for day in fields[4])  # Sunday is 0 and 7
        return cls(tuple(fields), parts[2] == "*", parts[4] == "*")

    def due(self, since: float, until: float, zone: dt.tzinfo) -> list[int]:
        """Return the named minutes after ``since`` up to ``until``, the latest first."""
        minute = int(until // 60) * 60
        return [
            moment
            for moment in range(minute, int(max(since, until - LONGEST_LOOK_BACK)), -60)
            if self._names(dt.datetime.fromtimestamp(moment, zone))
        ]

    def _names(self, at: dt.datetime) -> bool:
        minutes, hours, days, months, weekdays = self.fields
        if at.minute not in minutes or at.hour not in hours or at.month not in months:
            return False
        on_day, on_weekday = at.day in days, at.isoweekday() % 7 in weekdays
        if self.any_day or self.any_weekday:
            return on_day and on_weekday
        return on_day or on_weekday


def _numbers(text: str, least: int, most: int) -> Iterator[int]:
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = least, most
        elif not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"{part!r} in a crontab is no number, range or *")
        else:
            low = int(first)
            high = int(last) if dash else (most if step else low)
        if not least <= low <= high <= most or (step and (not step.isdecimal() or int(step) < 1)):
            raise ValueError(f"{part!r} in a crontab is not between {least} and {most}")
        yield from range(low, high + 1, int(step or 1))


When = Every | Crontab


def when_of(value: str | float) -> When:
    """Read ``hourly``, ``daily``, ``weekly``, a crontab, or seconds. Raises ValueError."""
    if isinstance(value, str):
        return Every(_NAMES[value]) if value in _NAMES else Crontab.parse(value)
    if value < LEAST_SECONDS:
        raise ValueError(f"a schedule of {value} seconds is too often: {LEAST_SECONDS} at least")
    return Every(int(value))


def due_for(key: str, when: When, moments: list[int], since: float, until: float) -> int | None:
    """Return when a target was due last after ``since`` and up to ``until``; None when it was not.

    ``moments`` are those of ``when.due``, for all targets the same.
    """
    offset = offset_of(key, when.spread)
    return next((moment + offset for moment in moments if since < moment + offset <= until), None)
