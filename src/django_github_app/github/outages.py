"""While GitHub does not answer an account's calls, one call at a time finds out when it does again.

Without this each waiting event would try for itself, wait for its time limit, and take up a connection. All processes
share what they know through the cache (`Shared`), so that one call for all of them finds out. What a process has
seen itself it knows without it (`Outages`), on its event loop only: an outage of the cache must not be one of this.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache.backends.base import BaseCache

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubUnavailable

from . import cache as shared
from .clocks import left_of

__all__ = ["Outages", "Shared"]

FAILURES = 3
"""So many calls in a row make an outage: one address that GitHub cannot answer is none."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds; no pause is longer than RETRY_BACKOFF_MAX either."""
LONGEST_ALONE = 20.0
"""Seconds that a process believes what it has seen itself: others may have found out meanwhile that it is over."""
LONGEST_PROBE = 120.0
"""Seconds after which a probe that has not come back is given up, or twice API_TIMEOUT if that is less."""
KEPT = 3600.0
"""Seconds for which the cache remembers an outage that nobody has noticed since."""


@dataclass(slots=True)
class _Outage:
    failures: int = 0
    until: float = 0.0
    pause: float = 0.0
    """Seconds of the latest pause. Doubled by a probe that fails, not by calls that were under way together."""
    probing_since: float | None = None


class Outages:
    """The outages that a process knows of, by account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Outage] = {}

    @contextmanager
    def call(self, account: str) -> Iterator[Call]:
        """Surround a call of an account's; `Call.ended` says how it went.

        Raises GitHubUnavailable, before anything is sent, while another call finds out for all.
        """
        outage = self._known.get(account)
        probing = outage is not None and outage.failures >= FAILURES
        if probing:
            self._admit(outage)
        try:
            yield Call(self, account, probing)
        finally:
            if probing and outage is not None:
                outage.probing_since = None

    def _admit(self, outage: _Outage | None) -> None:
        now = self._clock()
        if outage is None:
            return
        if now < outage.until:
            raise _unavailable(outage.until - now)
        if outage.probing_since is not None and now - outage.probing_since < _longest_probe():
            raise _unavailable(FIRST_PAUSE)
        outage.probing_since = now

    def note(self, account: str, *, failed: bool, probe: bool = False) -> None:
        """Remember how a call of an account ended."""
        if not failed:
            self._known.pop(account, None)
            return
        if len(self._known) > 10_000:
            self._known.clear()
        outage = self._known.setdefault(account, _Outage())
        outage.failures += 1
        if outage.failures < FAILURES:
            return
        now = self._clock()
        if probe or outage.until <= now:
            outage.pause = _longer(outage.pause, LONGEST_ALONE) if probe or not outage.pause else outage.pause
            outage.until = now + outage.pause

    def forget(self) -> None:
        """Forget everything, as in tests."""
        self._known.clear()


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way."""

    outages: Outages
    account: str
    probe: bool = False

    def ended(self, *, failed: bool) -> None:
        """Note whether GitHub failed to answer."""
        if failed or self.outages._known:
            self.outages.note(self.account, failed=failed, probe=self.probe)


class Shared:
    """What all processes know of an account's outage, for one call of it. Blocks on the cache.

    Only the cache's own clock counts, in what it forgets after a time: hosts' clocks may be minutes apart, and who
    probed may be gone. No pause, and no probe, outlasts the time for which the cache keeps it.
    """

    def __init__(self, cache: BaseCache, base_url: str, account: str) -> None:
        self._cache = cache
        self._failures, self._paused, self._latest, self._probe = (
            shared.key(base_url, "outage", account, part) for part in ("failures", "pause", "latest", "probe")
        )
        self.names = [self._failures, self._paused]
        """What `admit` wants to know, for whoever asks the cache for something else anyway."""
        self.known = False
        self.probing = False
        """Whether this call finds out for all, and has not said yet what it found."""

    def admit(self, found: Mapping[str, Any]) -> None:
        """Let the call pass, or raise GitHubUnavailable. ``found`` is what the cache has under `names`."""
        failures = found.get(self._failures, 0)
        self.known = failures > 0
        if self.probing:  # once more, or on to another address
            self._cache.touch(self._probe, _longest_probe())
            return
        if failures < FAILURES:
            return
        self._wait_for(found.get(self._paused))
        if not self._cache.add(self._probe, 1, _longest_probe()):
            raise _unavailable(min(FIRST_PAUSE, _longest_pause()))
        self.probing = True
        # A probe may have failed since ``found`` was read: it is not to be followed by another at once, which would
        # double the pause. Of a hundred calls that come together there were enough for five minutes.
        if (paused := self._cache.get(self._paused)) is not None:
            self.give_up()
            self._wait_for(paused)

    def _wait_for(self, paused: tuple[float, float] | None) -> None:
        if paused is not None:
            raise _unavailable(left_of(*paused, time.time()))

    def note(self, *, failed: bool) -> None:
        """Note how the call went."""
        probe, self.probing = self.probing, False
        if not failed:
            if self.known:
                self._cache.delete_many([self._failures, self._paused, self._latest, self._probe])
            return
        failures = shared.add_to(self._cache, self._failures, 1, KEPT)
        self._cache.touch(self._failures, KEPT)
        if failures < FAILURES:
            return
        pause = self._cache.get(self._latest) or 0.0
        if probe or not pause:
            pause = _longer(pause, _longest_pause())
            self._cache.set(self._latest, pause, KEPT)
            self._cache.set(self._paused, (time.time() + pause, pause), pause)
        if probe:
            self._cache.delete(self._probe)

    def give_up(self) -> None:
        """Leave it to the next call to find out."""
        self.probing = False
        self._cache.delete(self._probe)


def _longest_pause() -> float:
    # The least that every cache can keep is a second.
    return max(1.0, min(LONGEST_PAUSE, app_settings.RETRY_BACKOFF_MAX))


def _longest_probe() -> float:
    """Return the seconds for which one try of a probe may take: to get a connection, and to be answered."""
    return min(LONGEST_PROBE, 2 * app_settings.API_TIMEOUT + FIRST_PAUSE)


def _longer(pause: float, longest: float) -> float:
    """Return the pause after a probe that failed too."""
    return min(2 * pause or FIRST_PAUSE, longest, _longest_pause())


def _unavailable(seconds: float) -> GitHubUnavailable:
    # Spread, and after the probe: it is to be over when the others come again.
    return GitHubUnavailable(seconds=seconds + random.uniform(1.0, 10.0))  # noqa: S311 - spreading load
