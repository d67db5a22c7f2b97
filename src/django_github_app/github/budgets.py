"""What accounts may still ask of GitHub in their present window: as all workers share it, read and not reserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django_github_app.conf import app_settings

from . import cache as shared
from .clocks import skew
from .rate_limits import UNLIMITED, Budget

__all__ = ["Left", "left_of_accounts"]


@dataclass(frozen=True, slots=True)
class Left:
    """What one account has left of one limit. ``held`` says that GitHub's secondary limit stops it for now."""

    account: str
    limit: int
    remaining: int
    resets_in: float
    held: bool = False


def left_of_accounts(accounts: Sequence[str], now: float) -> list[Left]:
    """Return what is known of these accounts, those that have least first: two looks into the cache, for all of them.

    ``now`` in seconds since the epoch, by this host's clock. An account that has asked for nothing is left out.
    """
    cache, url = shared.backend(), app_settings.API_URL
    now += skew(url)
    budgets = {account: Budget(cache, url, account) for account in accounts}
    windows = {account: one.key_of_window() for account, one in budgets.items()}
    holds = {account: one.key_of_hold() for account, one in budgets.items()}
    found = cache.get_many([*windows.values(), *holds.values()])
    known: dict[str, dict[str, Any]] = {
        account: window
        for account, name in windows.items()
        if (window := found.get(name)) is not None and window["limit"] < UNLIMITED
    }
    counters = {account: budgets[account].counter_of(window, now) for account, window in known.items()}
    used = cache.get_many(list(counters.values()))
    left = [
        Left(
            account,
            window["limit"],
            max(0, window["limit"] - int(used.get(counters[account], 0))),
            max(0.0, window["reset"] - now),
            held=found.get(holds[account]) is not None,
        )
        for account, window in known.items()
    ]
    return sorted(left, key=lambda one: (one.remaining / one.limit, one.account))
