"""One call at a time finds out whether GitHub is back; the others wait without asking."""

from __future__ import annotations

import time
from contextlib import ExitStack
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from django_github_app.errors import GitHubUnavailable
from django_github_app.github.outages import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_ALONE,
    LONGEST_PAUSE,
    Outages,
    Shared,
)


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
    assert pauses[-1] == pytest.approx(LONGEST_ALONE, abs=2)


def test_a_probe_that_was_cancelled_lets_the_next_one_try(outages: Outages, clock: Clock) -> None:
    break_down(outages)
    clock.now += FIRST_PAUSE + 0.1
    with pytest.raises(KeyboardInterrupt), outages.call("a"):
        raise KeyboardInterrupt
    make_call(outages, "a", failed=False)


# What all processes know


class Process:
    """One of several processes with one cache."""

    cache = LocMemCache("outages", {})

    def call(self, *, failed: bool) -> bool:
        """Return whether the call was sent."""
        call = Shared(self.cache, "https://api.github.test", "installation-1")
        try:
            call.admit(self.cache.get_many(call.names))
        except GitHubUnavailable:
            return False
        call.note(failed=failed)
        return True


@pytest.fixture
def fleet() -> list[Process]:
    Process.cache.clear()
    return [Process() for _ in range(6)]


def end_pause(cache: BaseCache) -> None:
    call = Shared(cache, "https://api.github.test", "installation-1")
    cache.delete(call.names[1])


def pause_of(cache: BaseCache) -> float:
    call = Shared(cache, "https://api.github.test", "installation-1")
    until, seconds = cache.get(call.names[1])
    assert until == pytest.approx(time.time() + seconds, abs=5)
    return float(seconds)


def lasting(cache: LocMemCache, part: str) -> list[float]:
    """Return for how many seconds the cache keeps what has this name."""
    expires: dict[str, float] = cache._expire_info  # type: ignore[attr-defined]  # of Django's LocMemCache
    return [at - time.time() for name, at in expires.items() if name.endswith(part)]


def test_one_probe_goes_out_for_all_processes(fleet: list[Process]) -> None:
    assert sum(process.call(failed=True) for process in fleet for _ in range(3)) == FAILURES
    end_pause(Process.cache)
    assert [process.call(failed=True) for process in fleet] == [True, *[False] * 5]
    end_pause(Process.cache)
    assert [process.call(failed=False) for process in fleet] == [True] * 6


def test_while_a_probe_is_under_way_nobody_else_asks_and_it_may_repeat_itself(fleet: list[Process]) -> None:
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    end_pause(Process.cache)
    probe = Shared(Process.cache, "https://api.github.test", "installation-1")
    probe.admit(Process.cache.get_many(probe.names))
    assert not any(process.call(failed=True) for process in fleet)
    probe.admit(Process.cache.get_many(probe.names))
    probe.note(failed=False)
    assert fleet[5].call(failed=False)


def test_calls_that_fail_together_make_no_longer_pause_than_one(outages: Outages, clock: Clock) -> None:
    with ExitStack() as stack:
        calls = [stack.enter_context(outages.call("a")) for _ in range(50)]
        for call in calls:
            call.ended(failed=True)
    clock.now += FIRST_PAUSE + 0.1
    make_call(outages, "a", failed=False)


def test_calls_of_all_processes_that_fail_together_make_no_longer_pause_than_one(
    fleet: list[Process],
) -> None:
    calls = [Shared(Process.cache, "https://api.github.test", "installation-1") for _ in range(50)]
    for call in calls:
        call.admit(Process.cache.get_many(call.names))
    for call in calls:
        call.note(failed=True)
    assert pause_of(Process.cache) == FIRST_PAUSE


def test_probes_that_met_no_pause_yet_do_not_follow_one_another(fleet: list[Process]) -> None:
    """A hundred calls looked into the cache when the pause was over; the first probe fails before they go on."""
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    end_pause(Process.cache)
    waiting = [Shared(Process.cache, "https://api.github.test", "installation-1") for _ in range(100)]
    found = Process.cache.get_many(waiting[0].names)
    sent = 0
    for call in waiting:
        try:
            call.admit(found)
        except GitHubUnavailable:
            continue
        sent += 1
        call.note(failed=True)
    assert sent == 1
    assert pause_of(Process.cache) == 2 * FIRST_PAUSE


def test_a_probe_whose_process_died_is_given_up_by_the_cache(fleet: list[Process]) -> None:
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    end_pause(Process.cache)
    with override_settings(GITHUB_APP={**settings.GITHUB_APP, "API_TIMEOUT": 4}):
        killed = Shared(Process.cache, "https://api.github.test", "installation-1")
        killed.admit(Process.cache.get_many(killed.names))
    assert max(lasting(Process.cache, "probe")) <= 2 * 4 + FIRST_PAUSE + 1


def test_no_pause_outlasts_the_longest_that_the_settings_allow(fleet: list[Process]) -> None:
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    pauses = []
    for longest in (3600, 3600, 3600, 3600, 3600, 3600, 3600, 60, 4):
        with override_settings(GITHUB_APP={**settings.GITHUB_APP, "RETRY_BACKOFF_MAX": longest}):
            end_pause(Process.cache)
            assert fleet[0].call(failed=True)
            pauses.append(pause_of(Process.cache))
            assert max(lasting(Process.cache, "pause")) <= pauses[-1] + 1
    assert pauses == [10, 20, 40, 80, 160, LONGEST_PAUSE, LONGEST_PAUSE, 60, 4]


@pytest.mark.parametrize("off", [3600, 90, -90, -3600])
def test_a_pause_made_by_a_host_whose_clock_is_off_is_no_longer_for_that(
    fleet: list[Process], monkeypatch: pytest.MonkeyPatch, off: float
) -> None:
    real = time.time()
    with monkeypatch.context() as patch:
        # The cache's own clock is another one.
        patch.setattr("django_github_app.github.outages.time", mock.Mock(time=lambda: real + off))
        for _ in range(FAILURES):
            fleet[0].call(failed=True)
    call = Shared(Process.cache, "https://api.github.test", "installation-1")
    with pytest.raises(GitHubUnavailable) as caught:
        call.admit(Process.cache.get_many(call.names))
    assert caught.value.at.timestamp() - real < FIRST_PAUSE + 11


def test_a_cache_that_was_emptied_knows_of_no_outage(fleet: list[Process]) -> None:
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    Process.cache.clear()
    assert [process.call(failed=False) for process in fleet] == [True] * 6


def test_a_probe_that_never_got_through_lets_the_next_call_find_out(fleet: list[Process]) -> None:
    for _ in range(FAILURES):
        fleet[0].call(failed=True)
    end_pause(Process.cache)
    probe = Shared(Process.cache, "https://api.github.test", "installation-1")
    probe.admit(Process.cache.get_many(probe.names))
    probe.give_up()
    assert fleet[1].call(failed=False)


def test_a_success_of_any_process_forgets_the_failures_of_all(fleet: list[Process]) -> None:
    for _ in range(5):
        assert fleet[0].call(failed=True)
        assert fleet[1].call(failed=True)
        assert fleet[2].call(failed=False)


def test_a_cache_that_keeps_nothing_holds_nobody_back() -> None:
    cache = DummyCache("none", {})
    for _ in range(FAILURES + 3):
        call = Shared(cache, "https://api.github.test", "installation-1")
        call.admit(cache.get_many(call.names))
        call.note(failed=True)
