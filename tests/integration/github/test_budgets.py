"""What accounts have left is read from what all workers share, and reserves nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from django_github_app.conf import app_settings
from django_github_app.github import cache as shared
from django_github_app.github.budgets import left_of_accounts
from django_github_app.github.rate_limits import Budget


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    shared.backend().clear()
    yield
    shared.backend().clear()


def told(account: str, remaining: int, now: float, limit: int = 5000) -> Budget:
    budget = Budget(shared.backend(), app_settings.API_URL, account)
    headers = {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(now) + 600),
    }
    budget.learn(200, headers, b"", now)
    return budget


def test_who_has_least_comes_first_and_who_asked_for_nothing_is_left_out() -> None:
    now = time.time()
    told("installation-7", 4000, now)
    told("app", 10, now)
    app, seven = left_of_accounts(["installation-7", "app", "installation-8"], now)
    assert (app.account, app.remaining, app.limit) == ("app", 10, 5000)
    assert (seven.account, seven.remaining, seven.held) == ("installation-7", 4000, False)
    assert 590 < seven.resets_in <= 600


def test_a_request_that_is_under_way_counts_and_looking_does_not() -> None:
    now = time.time()
    told("app", 100, now).reserve(now)
    for _ in range(2):
        (left,) = left_of_accounts(["app"], now)
        assert left.remaining == 99


def test_a_secondary_limit_shows() -> None:
    now = time.time()
    told("app", 100, now).learn(403, {"retry-after": "60"}, b"", now)
    (left,) = left_of_accounts(["app"], now)
    assert left.held
