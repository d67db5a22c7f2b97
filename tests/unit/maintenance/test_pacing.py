"""A look that is dear is repeated less often."""

from __future__ import annotations

import pytest

from django_github_app.maintenance.pacing import CHEAP, SHARE, Pacing


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_cheap_look_may_be_repeated_at_once_and_a_dear_one_takes_a_share_of_the_time() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    assert pacing.is_due("all")
    with pacing.measured("all"):
        clock.now += CHEAP / 2
    assert pacing.is_due("all")
    with pacing.measured("all"):
        clock.now += 2.0
    assert not pacing.is_due("all")
    assert pacing.is_due("another")
    clock.now += 2.0 / SHARE - 0.1
    assert not pacing.is_due("all")
    clock.now += 0.2
    assert pacing.is_due("all")


def test_a_look_in_between_counts_from_its_beginning_and_one_that_fails_not_at_all() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    with pacing.measured("all"):
        clock.now += 3.0
    due_at = clock.now + 3.0 / SHARE
    with pacing.measured("all", complete=False):
        clock.now += 1.0
    assert pacing.since("all") == 1.0
    with pytest.raises(ZeroDivisionError), pacing.measured("all"):
        raise ZeroDivisionError
    assert pacing.since("all") == 1.0
    clock.now = due_at
    assert pacing.is_due("all")
