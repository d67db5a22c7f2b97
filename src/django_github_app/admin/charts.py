"""Bar charts as SVG that the server draws: no script, no inline style, readable by eye, keyboard and ear. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 140
_TOP: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the drawing, with what it stands for."""

    x: str
    y: str
    width: str
    height: str
    at: dt.datetime
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    id: str
    title: str
    unit: str
    summary: str
    highest: str
    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def middle(self) -> int:
        """Return where the line at half of the highest value is."""
        return (HEIGHT + _TOP) // 2

    @property
    def top(self) -> int:
        """Return where the line at the highest value is."""
        return _TOP


def bar_chart(
    id: str, title: str, unit: str, points: Sequence[tuple[dt.datetime, float]], summary: str
) -> Chart:
    """Return a chart of values of at least 0 over time, oldest first; the highest reaches the top line."""
    highest = max((value for _, value in points), default=0.0)
    step = WIDTH / max(1, len(points))
    bars = []
    for number, (at, value) in enumerate(points):
        tall = (HEIGHT - _TOP) * value / highest if highest else 0.0
        # A value that is not 0 is to be seen.
        tall = max(tall, 1.0) if value else 0.0
        x, y, wide = number * step, HEIGHT - tall, max(step - 1, 0.5)
        bars.append(Bar(f"{x:.2f}", f"{y:.2f}", f"{wide:.2f}", f"{tall:.2f}", at, value, in_short(value)))
    return Chart(id, title, unit, summary, in_short(highest), tuple(bars))


def in_short(value: float) -> str:
    """Return a number as people read it: three figures at most behind which nothing is hidden."""
    if value == 0:
        return "0"
    if value < 10:
        return f"{value:.2g}" if value < 1 else f"{value:.1f}".removesuffix(".0")
    return f"{value:,.0f}"


def duration(seconds: float | None) -> str:
    """Return seconds as people read them."""
    if seconds is None:
        return "-"
    if seconds == float("inf"):
        return "longer"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 24 * 3600 else f"{seconds / (24 * 3600):.0f} days"
