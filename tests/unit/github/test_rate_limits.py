"""Rate limits: places are taken before a request is sent, and GitHub's answers correct the count."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from django_github_app.errors import RateLimited
from django_github_app.github.rate_limits import PROBES, PROBES_KEPT, Budget, Pace

URL = "https://api.github.com"
NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _no_pacing() -> object:
    with override_settings(
        GITHUB_APP={"CONTENT_PER_MINUTE": 0, "CONTENT_PER_HOUR": 0, "POINTS_PER_MINUTE": 0}
    ):
        yield


@pytest.fixture
def cache() -> LocMemCache:
    return LocMemCache(uuid.uuid4().hex, {"TIMEOUT": None})


@pytest.fixture
def budget(cache: LocMemCache) -> Budget:
    return Budget(cache, URL, "installation-1")


def answer(limit: int, used: int, reset: float, **more: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(limit - used),
        "x-ratelimit-used": str(used),
        "x-ratelimit-reset": str(int(reset)),
        "x-ratelimit-resource": "core",
        **more,
    }


def until(caught: pytest.ExceptionInfo[RateLimited]) -> float:
    return caught.value.at.timestamp() - NOW


def test_the_last_place_of_a_window_is_the_last_request(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(3, 1, NOW + 100), b"", NOW)
    budget.reserve(NOW)
    budget.reserve(NOW)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(NOW)
    assert until(caught) == 101
    budget.reserve(NOW + 101)


def test_requests_before_the_first_answer_of_a_window_count_in_it(budget: Budget) -> None:
    for _ in range(3):
        budget.reserve(NOW)
    budget.learn(200, answer(3, 1, NOW + 100), b"", NOW)
    with pytest.raises(RateLimited):
        budget.reserve(NOW)


def test_a_new_window_begins_with_what_was_sent_since_the_old_one(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(3, 1, NOW + 100), b"", NOW)
    later = NOW + 150
    for _ in range(3):
        budget.reserve(later)
    with pytest.raises(RateLimited):  # the limit is known, although the new window is not yet
        budget.reserve(later)
    budget.learn(200, answer(3, 1, NOW + 250), b"", later)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(later)
    assert until(caught) == 251


def test_while_the_limit_is_unknown_few_requests_go_out(budget: Budget) -> None:
    taken = [budget.reserve(NOW) for _ in range(30)]
    assert len([one for one in taken if one is not None]) == PROBES
    budget.learn(200, answer(5000, 1, NOW + 100), b"", NOW)
    assert budget.reserve(NOW) is not None


def test_a_place_given_back_late_does_not_keep_the_count_of_the_first_requests(budget: Budget) -> None:
    counter = budget.reserve(NOW)
    assert counter is not None
    budget.cache.delete(counter)  # its time is over, or the cache was emptied
    budget.refund(counter)
    assert budget.cache.get(counter) is None
    assert budget.reserve(NOW) is not None
    lasts: dict[str, float] = budget.cache._expire_info  # type: ignore[attr-defined]  # of Django's LocMemCache
    assert min(lasts.values()) < time.time() + PROBES_KEPT + 1


def test_an_error_page_is_no_server_without_limits(budget: Budget) -> None:
    for _ in range(PROBES):
        budget.reserve(NOW)
    budget.learn(502, {}, b"<html>", NOW)
    assert budget.reserve(NOW) is None


def test_a_server_without_limits_is_asked_without_limits(budget: Budget) -> None:
    for _ in range(PROBES):
        budget.reserve(NOW)
    budget.learn(200, {}, b"", NOW)
    assert all(budget.reserve(NOW + n) for n in range(5000))


def test_a_late_answer_does_not_use_up_the_next_window(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(3, 3, NOW + 100), b"", NOW)
    budget.learn(200, answer(3, 3, NOW + 100), b"", NOW + 102)
    budget.reserve(NOW + 102)


def test_what_others_used_up_counts_too(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(5000, 4999, NOW + 100), b"", NOW)
    budget.reserve(NOW)
    with pytest.raises(RateLimited):
        budget.reserve(NOW)


def test_a_304_gives_its_place_back(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(2, 1, NOW + 100), b"", NOW)
    for _ in range(10):
        budget.refund(budget.reserve(NOW) or "")
    budget.reserve(NOW)
    with pytest.raises(RateLimited):
        budget.reserve(NOW)


def test_accounts_and_resources_have_budgets_of_their_own(cache: LocMemCache, budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(1, 1, NOW + 100), b"", NOW)
    with pytest.raises(RateLimited):
        budget.reserve(NOW)
    Budget(cache, URL, "installation-2").reserve(NOW)
    Budget(cache, URL, "installation-1", "graphql").reserve(NOW)
    Budget(cache, "https://github.example/api/v3", "installation-1").reserve(NOW)


def test_the_servers_may_differ_by_a_second_about_the_reset(budget: Budget) -> None:
    for number in range(4):
        budget.reserve(NOW)
        budget.learn(200, answer(4, number + 1, NOW + 100 + number % 2), b"", NOW)
    with pytest.raises(RateLimited):
        budget.reserve(NOW)


@pytest.mark.parametrize("status", [403, 429])
def test_retry_after_is_what_everybody_waits_for(budget: Budget, status: int) -> None:
    refusal = budget.learn(status, {"retry-after": "30"}, b"{}", NOW)
    assert refusal is not None
    assert refusal.at == dt.datetime.fromtimestamp(NOW + 30, dt.UTC)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(NOW + 29)
    assert until(caught) == 30
    budget.reserve(NOW + 31)


@pytest.mark.parametrize("off", [3600, 600, 90, -90, -3600])
def test_a_host_whose_clock_is_off_holds_the_others_for_no_longer_than_github_said(
    budget: Budget, off: float
) -> None:
    budget.learn(429, {"retry-after": "2"}, b"{}", NOW + off)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(NOW)
    assert 0 < until(caught) <= 2


def test_a_host_whose_clock_is_a_day_behind_waits_for_a_window_at_most(budget: Budget) -> None:
    budget.reserve(NOW)
    budget.learn(200, answer(1, 1, NOW + 100), b"", NOW)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(NOW - 86400)
    assert until(caught) + 86400 <= 3601


def test_retry_after_may_be_a_date(budget: Budget) -> None:
    refusal = budget.learn(429, {"retry-after": "Fri, 15 Jan 2027 08:02:00 GMT"}, b"", NOW)
    assert refusal is not None
    assert refusal.at.isoformat() == "2027-01-15T08:02:00+00:00"


@pytest.mark.parametrize("status", [403, 429])
def test_nothing_remaining_means_waiting_for_the_reset(budget: Budget, status: int) -> None:
    refusal = budget.learn(status, answer(5000, 5000, NOW + 900), b"{}", NOW)
    assert refusal is not None
    assert refusal.at.timestamp() == NOW + 901
    with pytest.raises(RateLimited):
        budget.reserve(NOW)


def test_a_secondary_limit_without_a_time_is_waited_for_ever_longer(budget: Budget) -> None:
    message = b'{"message": "You have exceeded a secondary rate limit."}'
    waits, now = [], NOW
    for _ in range(6):
        refusal = budget.learn(403, {}, message, now)
        assert refusal is not None
        waits.append(refusal.at.timestamp() - now)
        now = refusal.at.timestamp() + 1
    assert waits == [60, 120, 240, 480, 900, 900]


def test_refusals_of_requests_under_way_together_count_once(budget: Budget) -> None:
    message = b'{"message": "You have exceeded a secondary rate limit."}'
    refusals = [budget.learn(403, {}, message, NOW + n) for n in range(5)]
    assert {refusal.at.timestamp() - NOW for refusal in refusals if refusal} == {60}


def test_a_missing_permission_is_no_rate_limit(budget: Budget) -> None:
    message = b'{"message": "Resource not accessible by integration"}'
    assert budget.learn(403, answer(5000, 10, NOW + 900), message, NOW) is None
    budget.reserve(NOW)


def test_graphql_says_that_it_is_limited_with_status_200(cache: LocMemCache) -> None:
    budget = Budget(cache, URL, "installation-1", "graphql")
    headers = answer(5000, 5000, NOW + 60) | {"x-ratelimit-resource": "graphql"}
    refusal = budget.learn(200, headers, b'{"errors": [{"type": "RATE_LIMITED"}]}', NOW)
    assert refusal is not None
    assert refusal.at.timestamp() == NOW + 61


def test_any_minute_has_at_most_its_limit(cache: LocMemCache) -> None:
    pace = Pace("content", 80, 60)
    taken: list[float] = []
    waiting: list[float] = [NOW] * 500
    now = NOW
    while waiting:
        now = min(waiting)
        waiting.remove(now)
        again = pace.take(cache, "p", 1, now)
        if again is None:
            taken.append(now)
        else:
            assert again > now
            waiting.append(again)
    assert len(taken) == 500
    for start in taken:
        assert len([t for t in taken if start <= t < start + 60]) <= 80
    # Five quarters for each 80, so 64 a minute in the long run.
    assert now - NOW < 500 / 64 * 60 + 120


def test_a_burst_may_take_the_whole_limit_at_once(cache: LocMemCache) -> None:
    pace = Pace("points", 900, 60)
    assert [pace.take(cache, "p", 5, NOW) for _ in range(180)] == [None] * 180
    assert pace.take(cache, "p", 5, NOW) is not None


def test_those_who_wait_come_back_at_different_times(cache: LocMemCache) -> None:
    pace = Pace("content", 80, 60)
    times = [pace.take(cache, "p", 1, NOW) for _ in range(240)]
    late = [t - NOW for t in times if t is not None]
    assert len(late) == 160
    assert len(set(late)) == 160
    assert late == sorted(late)


def test_content_is_paced_by_the_settings(budget: Budget) -> None:
    with override_settings(GITHUB_APP={"CONTENT_PER_MINUTE": 2, "POINTS_PER_MINUTE": 0}):
        budget.reserve(NOW, cost=5, creates_content=True)
        budget.reserve(NOW, cost=5, creates_content=True)
        with pytest.raises(RateLimited, match="content-minute"):
            budget.reserve(NOW, cost=5, creates_content=True)
        budget.reserve(NOW, cost=5)
