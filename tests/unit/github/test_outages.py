"""One call at a time finds out whether GitHub is back; the others wait without asking."""

from __future__ import annotations

import pytest

from django_github_app.errors import GitHubUnavailable
from django_github_app.github.outages import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Outages


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outages(clock: Clock) -> Outages:
    return Outages(clock)


def make_call(outages: Outages, account: str, *, failed: bool) -> None:
    with outages.call(account) as call:
        call.ended(failed=failed)


def break_down(outages: Outages, account: str = "a") -> None:
    for _ in range(FAILURES):
        make_call(outages, account, failed=True)


def test_a_few_failures_are_no_outage_and_a_success_forgets_them(outages: Outages) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            make_call(outages, "a", failed=True)
        make_call(outages, "a", failed=False)
    make_call(outages, "a", failed=True)


def test_in_an_outage_calls_are_held_back_before_anything_is_sent(outages: Outages) -> None:
    break_down(outages)
    with pytest.raises(GitHubUnavailable), outages.call("a"):
        raise AssertionError("it was let through")
    make_call(outages, "b", failed=False)  # another installation


def test_after_the_pause_one_call_tries_and_the_others_wait_for_it(outages: Outages, clock: Clock) -> None:
    break_down(outages)
    clock.now += FIRST_PAUSE + 0.1
    with outages.call("a") as probe:
        for _ in range(5):
            with pytest.raises(GitHubUnavailable), outages.call("a"):
                raise AssertionError("it was let through")
        probe.ended(failed=False)
    make_call(outages, "a", failed=False)
    with outages.call("a"), outages.call("a"):
        pass


def test_a_probe_that_fails_makes_the_pause_longer_up_to_a_limit(outages: Outages, clock: Clock) -> None:
    break_down(outages)
    pauses = []
    for _ in range(10):
        began = clock.now
        while True:
            try:
                make_call(outages, "a", failed=True)
            except GitHubUnavailable:
                clock.now += 1
            else:
                break
        pauses.append(clock.now - began)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE, abs=2)


def test_a_probe_that_was_cancelled_lets_the_next_one_try(outages: Outages, clock: Clock) -> None:
    break_down(outages)
    clock.now += FIRST_PAUSE + 0.1
    with pytest.raises(KeyboardInterrupt), outages.call("a"):
        raise KeyboardInterrupt
    make_call(outages, "a", failed=False)
