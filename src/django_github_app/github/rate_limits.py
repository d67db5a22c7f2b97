"""Rate limits: one budget per installation, shared by all workers through the cache.

Every request takes its place *before* it is sent, so that no request is made while limited; a request that
finds no place raises `RateLimited` with the time when there is one, and nobody sleeps. What GitHub says in
its answers corrects the count.

Everything here is synchronous, takes the cache and the time by GitHub's clock, and knows nothing of HTTP clients.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from django.core.cache.backends.base import BaseCache

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.errors import RateLimited

from . import cache as shared
from .clocks import left_of
from .outages import Shared

WINDOW_KEPT = 24 * 3600
COUNTER_KEPT = 2 * 3600
LONGEST_WINDOW = 3600.0
"""Seconds: nobody waits longer for the end of a window, whatever the clock of the host says."""
SECONDARY_FIRST = 60.0  # "wait for at least one minute", growing exponentially, says GitHub
SECONDARY_MOST = 900.0
# GitHub's reset time is in whole seconds, and its clock is not ours.
MARGIN = 1.0
PROBES = 10
"""Requests that may be under way while an account's limit is not known."""
PROBES_KEPT = 30
UNLIMITED = 10**9


def limited(until: float, what: str) -> RateLimited:
    """Return the error for a limit that ends at ``until`` (seconds since the epoch)."""
    at = dt.datetime.fromtimestamp(until, dt.UTC)
    return RateLimited(f"{what}; again at {at:%H:%M:%S} UTC", at=at)


@dataclass(frozen=True, slots=True)
class Pace:
    """A limit on how fast calls may come, kept without knowing when GitHub's own window begins.

    Time is cut into quarters of the period. Any stretch as long as the period touches at most five of them,
    so the limit holds everywhere if it holds for each five in a row; a burst may still take all of it.
    """

    name: str
    limit: int
    period: float

    def take(self, cache: BaseCache, prefix: str, cost: int, now: float) -> float | None:
        """Take a place; return None, or the time when to try again.

        Those who come too late are told different times, in the order in which they came.
        """
        length = self.period / 4
        slot, kept = int(now // length), 6 * length
        names = [f"{prefix}:{self.name}:{slot - ago}" for ago in range(5)]
        current = shared.add_to(cache, names[0], cost, kept)
        earlier = cache.get_many(names[1:])
        counts = [current, *(earlier.get(name, 0) for name in names[1:])]
        if sum(counts) <= self.limit:
            return None
        counts[0] -= cost
        shared.add_to(cache, names[0], -cost, kept)
        ahead = shared.add_to(cache, f"{prefix}:{self.name}:waiting:{slot}", cost, kept) - cost
        wait = 5.0 + 5 * (ahead // self.limit)
        for later in range(1, 5):  # the oldest quarters stop counting first
            if sum(counts[: 5 - later]) + ahead + cost <= self.limit:
                wait = later
                break
        wait = min(wait, 40.0) + (ahead % self.limit) / self.limit
        return (slot + wait) * length


def paces(*, creates_content: bool) -> list[Pace]:
    """Return the paces that a call has to keep."""
    kept = [Pace("points", app_settings.POINTS_PER_MINUTE, 60)]
    if creates_content:
        kept += [
            Pace("content-minute", app_settings.CONTENT_PER_MINUTE, 60),
            Pace("content-hour", app_settings.CONTENT_PER_HOUR, 3600),
        ]
    return [pace for pace in kept if pace.limit > 0]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one account (an installation, the app itself, a token) may still ask GitHub for."""

    cache: BaseCache
    base_url: str
    account: str
    resource: str = "core"
    outage: Shared | None = None
    """What is known of an outage: asked in the same breath."""

    def _key(self, *parts: str) -> str:
        return shared.key(self.base_url, "limit", self.account, *parts)

    def reserve(self, now: float, *, cost: int = 1, creates_content: bool = False) -> str | None:
        """Take the place of one request; return what `refund` wants.

        Raises RateLimited when there is none, GitHubUnavailable while somebody else finds out whether GitHub answers.

        None: the limit is not known yet and enough requests are under way that will tell; ask again.
        """
        blocked_key, window_key = self.key_of_hold(), self.key_of_window()
        outage = self.outage
        found = self.cache.get_many([blocked_key, window_key, *(outage.names if outage is not None else ())])
        if outage is not None:
            outage.admit(found)
        if wait := _left(found.get(blocked_key), now):
            raise limited(now + wait, f"GitHub's secondary rate limit for {self.account}")
        window: dict[str, Any] | None = found.get(window_key)
        counter = self._counter(window, now)
        # Requests whose worker died must not count as under way for long.
        used = shared.add_to(self.cache, counter, 1, PROBES_KEPT if window is None else COUNTER_KEPT)
        if window is None and used > PROBES:
            self.refund(counter)
            return None
        if window is not None and used > window["limit"]:
            # After the end of a window, the first answers tell the end of the next one.
            until = min(max(window["reset"], now), now + LONGEST_WINDOW) + MARGIN
            raise limited(until, f"GitHub's rate limit for {self.account}")
        for pace in paces(creates_content=creates_content):
            again = pace.take(self.cache, self._key("pace"), cost if pace.name == "points" else 1, now)
            if again is not None:
                self.refund(counter)
                raise limited(again, f"Pacing of {self.account} ({pace.name})")
        return counter

    def key_of_window(self) -> str:
        """Return the key under which the limit and the end of its window are kept."""
        return self._key("window", self.resource)

    def key_of_hold(self) -> str:
        """Return the key that is there while GitHub's secondary limit stops the account."""
        return self._key("held")

    def counter_of(self, window: dict[str, Any], now: float) -> str:
        """Return the key of the counter of requests made now."""
        return self._counter(window, now)

    def refund(self, counter: str) -> None:
        """Give a place back that GitHub did not charge: of a 304, a request not sent, an answer that tells nothing.

        A counter that is gone has no place to give back. Made anew here it would be kept for hours, and count the
        first requests to an account as under way for as long.
        """
        with suppress(ValueError):
            self.cache.incr(counter, -1)

    def _counter(self, window: dict[str, Any] | None, now: float) -> str:
        """Return the key of the counter for requests made now.

        A counter is named after the window *before* its own, because requests are counted before GitHub has
        said when the new window ends.
        """
        if window is None:
            generation = "first"
        elif now < window["reset"] + MARGIN:
            generation = window["generation"]
        else:
            generation = str(window["reset"])
        return self._key("used", self.resource, generation)

    def learn(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> RateLimited | None:
        """Correct the budget by an answer of GitHub's. Returns the error if the answer is a refusal."""
        window = self._learn_window(status, headers, now)
        refused = status in (403, 429) or (b"RATE_LIMITED" in body and self.resource == "graphql")
        if not refused:
            return None
        if wait := _retry_after(headers, now):
            return self._block(wait, now)
        if headers.get("x-ratelimit-remaining") == "0" and window is not None:
            self._use_up(window, now)
            return limited(window["reset"] + MARGIN, f"GitHub's rate limit for {self.account}")
        text = body[:2000].lower()
        if status == 403 and b"rate limit" not in text and b"abuse" not in text:
            return None  # a permission that the app does not have
        return self._block(None, now)

    def _learn_window(self, status: int, headers: Mapping[str, str], now: float) -> dict[str, Any] | None:
        try:
            limit, reset = int(headers["x-ratelimit-limit"]), float(headers["x-ratelimit-reset"])
            used = limit - int(headers["x-ratelimit-remaining"])
        except (KeyError, ValueError):
            if status >= 400 or self.cache.get(self._key("window", self.resource)) is not None:
                return None
            # GitHub Enterprise may have no limits: look again in an hour.
            limit, reset, used = UNLIMITED, now + 3600, 0
        if headers.get("x-ratelimit-resource", self.resource) != self.resource:
            return None
        window_key = self._key("window", self.resource)
        window: dict[str, Any] | None = self.cache.get(window_key)
        if window is None or window["reset"] != reset or window["limit"] != limit:
            if window is None:
                generation = "first"
                self.cache.touch(self._counter(None, now), COUNTER_KEPT)
            elif abs(window["reset"] - reset) <= 1:  # GitHub's servers differ by a second
                reset, generation = window["reset"], window["generation"]
            elif reset <= now:
                return window  # an answer that was long under way
            elif window["reset"] + MARGIN <= now:
                generation = str(window["reset"])
            else:  # moved before its end: begin to count anew
                generation = f"{window['reset']}>{reset}"
            window = {"limit": limit, "reset": reset, "generation": generation}
            self.cache.set(window_key, window, WINDOW_KEPT)
        if reset + MARGIN <= now:
            return window  # the counter of today is that of the next window
        if (sink := probes.sink) is not None and limit < UNLIMITED:
            sink(("budget", _class_of(self.account), self.resource, limit - used, limit, reset))
        counter = self._counter(window, now)
        counted = self.cache.get(counter, 0)
        if used > counted:  # somebody else uses this installation's budget too
            shared.add_to(self.cache, counter, used - counted, COUNTER_KEPT)
        return window

    def _use_up(self, window: dict[str, Any], now: float) -> None:
        counter = self._counter(window, now)
        missing = window["limit"] - int(self.cache.get(counter, 0))
        if missing > 0:
            shared.add_to(self.cache, counter, missing, COUNTER_KEPT)

    def _block(self, wait: float | None, now: float) -> RateLimited:
        """Hold the account's requests for ``wait`` seconds; None: GitHub did not say for how long."""
        key = self._key("held")
        standing = _left(self.cache.get(key), now)
        if wait is None:
            if standing:  # refusals of requests that were under way together count once
                return limited(now + standing, f"GitHub's secondary rate limit for {self.account}")
            strikes = shared.add_to(self.cache, self._key("strikes"), 1, 3600)
            wait = min(SECONDARY_FIRST * 2 ** (strikes - 1), SECONDARY_MOST)
        wait = max(wait, standing)
        # For how long stands beside until when: another host's clock may be an hour off.
        self.cache.set(key, (now + wait, wait), wait + 1)
        return limited(now + wait, f"GitHub's secondary rate limit for {self.account}")


def _left(held: tuple[float, float] | None, now: float) -> float:
    return 0.0 if held is None else left_of(*held, now)


def _class_of(account: str) -> str:
    """Return what kind of account it is: there are few kinds, and many installations."""
    return account.partition("-")[0]


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    value = headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0) if value else None
    except (TypeError, ValueError):
        return None
