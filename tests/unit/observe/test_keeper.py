"""The thread that does small things again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from django_github_app.observe import collecting
from django_github_app.observe.keeper import Duty, Keeper


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    collecting.stop()


def test_a_duty_that_fails_keeps_no_other_from_being_done() -> None:
    done, twice = [], threading.Event()

    def fail() -> None:
        raise OSError("away")

    def work() -> None:
        done.append("work")
        if len(done) > 2:
            twice.set()

    keeper = Keeper([Duty(fail, 0.01), Duty(work, 0.01)], first=lambda: done.append("first"))
    keeper.start()
    assert twice.wait(10)
    keeper.stop()
    assert not keeper.is_alive()
    assert done[:2] == ["first", "work"]


def test_what_is_to_be_done_at_the_end_is_done_at_the_end() -> None:
    done: list[str] = []
    keeper = Keeper(
        [Duty(lambda: done.append("never"), 1000), Duty(lambda: done.append("end"), 1000, at_end=True)]
    )
    keeper.start()
    keeper.stop()
    assert done == ["end"]
