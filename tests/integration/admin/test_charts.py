"""Charts as the server draws them."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.admin.charts import HEIGHT, WIDTH, bar_chart, duration, in_short

AT = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def test_the_highest_bar_reaches_the_top_line_and_a_small_one_is_seen() -> None:
    chart = bar_chart("c", "Title", "per minute", [(AT, 0.0), (AT, 1.0), (AT, 10_000.0)], "All.")
    none, small, high = chart.bars
    assert (none.height, small.height) == ("0.00", "1.00")
    assert (float(high.y), float(high.y) + float(high.height)) == (chart.top, HEIGHT)
    assert float(high.x) + float(high.width) <= WIDTH
    assert chart.highest == "10,000"


@pytest.mark.parametrize("points", [[], [(AT, 0.0)]])
def test_nothing_at_all_is_a_chart_too(points: list[tuple[dt.datetime, float]]) -> None:
    assert bar_chart("c", "Title", "per minute", points, "").highest == "0"


def test_numbers_are_short() -> None:
    assert [in_short(value) for value in (0, 0.1234, 2, 2.5, 12.3, 1234)] == [
        "0",
        "0.12",
        "2",
        "2.5",
        "12",
        "1,234",
    ]
    assert [duration(value) for value in (None, 0.25, 2.0, 90, 600, 90_000, 300_000, float("inf"))] == [
        *("-", "250 ms", "2 s", "90 s", "10 min", "25 h", "3 days", "longer"),
    ]
