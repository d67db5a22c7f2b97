"""What one host wrote into the cache is read by another one, whose clock may be an hour off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate
from unittest import mock

import pytest

from django_github_app.github import clocks

URL = "https://api.github.test"


@pytest.fixture(autouse=True)
def _unknown() -> Iterator[None]:
    with mock.patch.dict(clocks._anchors, clear=True):
        yield


def tell(ahead: float, took: float = 0.1) -> None:
    clocks.note(URL, {"date": formatdate(time.time() + ahead, usegmt=True)}, took)


def test_a_host_with_another_time_than_github_knows_it_by_its_answers() -> None:
    assert clocks.skew(URL) == 0.0
    tell(3600)
    assert clocks.skew(URL) == pytest.approx(3600, abs=2)
    tell(-600)
    assert clocks.skew(URL) == pytest.approx(-600, abs=2)
    assert clocks.skew("https://github.example") == 0.0


def test_a_clock_that_is_set_right_counts_again() -> None:
    tell(3600)
    tell(1)
    assert clocks.skew(URL) == 0.0


def test_a_clock_that_jumps_after_the_answer_is_noticed_at_once() -> None:
    tell(3600)
    with mock.patch.object(time, "time", return_value=time.time() + 3600):
        assert clocks.skew(URL) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("date", [{}, {"date": ""}, {"date": "yesterday"}])
def test_an_answer_without_a_time_tells_nothing(date: dict[str, str]) -> None:
    clocks.note(URL, date, 0.1)
    assert clocks.skew(URL) == 0.0


def test_neither_does_an_answer_that_took_long() -> None:
    tell(-20, took=20)
    assert clocks.skew(URL) == 0.0


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (100.0, 60.0),
        (150.0, 10.0),
        (161.0, 0.0),  # the cache keeps it a little longer
        (98.0, 60.0),  # the clocks differ a little
        (-3500.0, 30.0),  # ours is an hour behind
        (3700.0, 30.0),  # or ahead
    ],
)
def test_what_is_left_of_a_minute_that_began_at_100(now: float, left: float) -> None:
    assert clocks.left_of(160.0, 60.0, now) == left
