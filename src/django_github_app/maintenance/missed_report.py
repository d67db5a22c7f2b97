"""A report of each day: the deliveries that GitHub could not make, why, and what came of them.

One row for each day, kept for two weeks. A day is that of a delivery's first failure, in UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django_github_app.models import Pulse
from django_github_app.observe import pulses

__all__ = ["FIELDS", "Day", "Ledger", "days"]

FIELDS: Final = ("missed", "asked", "arrived", "given_up", "unwanted")
"""Deliveries that failed and are wanted, requests for them, those that came, those that will not, and those that no
handler is for."""
MOST_REASONS: Final = 20
OTHER: Final = "other"
_LONGEST_REASON: Final = 80


@dataclass(frozen=True, slots=True)
class Day:
    """What was missed on a day for one reason, in GitHub's words, and what came of it."""

    day: str
    reason: str
    missed: int = 0
    asked: int = 0
    arrived: int = 0
    given_up: int = 0
    unwanted: int = 0

    @property
    def open(self) -> int:
        """Return how many are still to come."""
        return max(0, self.missed - self.arrived - self.given_up)


class Ledger:
    """Collects what one look finds out, and writes it over what is known of those days."""

    def __init__(self) -> None:
        self._added: dict[tuple[str, str], dict[str, int]] = {}

    def add(self, field: str, at: dt.datetime, reason: str) -> None:
        """Count one delivery whose first failure was ``at``."""
        of_day = self._added.setdefault((f"{at:%Y-%m-%d}", reason[:_LONGEST_REASON] or OTHER), {})
        of_day[field] = of_day.get(field, 0) + 1

    def write(self, *, afresh: bool) -> None:
        """Add it to the rows. ``afresh``: the whole log was read, so that these days begin at nothing."""
        if not self._added:
            return
        names = [f"{pulses.MISSED_DAY}{day}" for day in sorted({day for day, _ in self._added})]
        known = {} if afresh else {one.name: one.detail for one in Pulse.objects.filter(name__in=names)}
        for (day, reason), counts in self._added.items():
            detail = known.setdefault(f"{pulses.MISSED_DAY}{day}", {})
            told = reason if reason in detail or len(detail) < MOST_REASONS else OTHER
            before = detail.setdefault(told, {})
            for field, number in counts.items():
                before[field] = before.get(field, 0) + number
        for name in names:
            pulses.note(name, **known[name])


def days(most: int = 14) -> list[Day]:
    """Return the report of the newest days, newest first, the reasons of most deliveries first."""
    rows = Pulse.objects.filter(name__startswith=pulses.MISSED_DAY).order_by("-name")[:most]
    return [line for row in rows for line in _of(row)]


def _of(row: Pulse) -> Iterable[Day]:
    day = row.name.removeprefix(pulses.MISSED_DAY)
    found = [
        Day(day, reason, **{field: int(counts.get(field, 0)) for field in FIELDS})
        for reason, counts in row.detail.items()
    ]
    return sorted(found, key=lambda one: (-(one.missed + one.unwanted), one.reason))
