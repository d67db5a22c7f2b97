"""While GitHub does not answer an account's calls, one call at a time finds out when it does again.

Without this each waiting event would try for itself, wait for its time limit, and take up a connection. Known to one
process, and used on its event loop only: an outage of the cache must not be one of this.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django_github_app.errors import GitHubUnavailable

__all__ = ["Outages"]

FAILURES = 3
"""So many calls in a row make an outage: one address that GitHub cannot answer is none."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
LONGEST_PROBE = 120.0
"""Seconds after which a probe that has not come back is given up."""


@dataclass(slots=True)
class _Outage:
    failures: int = 0
    until: float = 0.0
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
            yield Call(self, account)
        finally:
            if probing and outage is not None:
                outage.probing_since = None

    def _admit(self, outage: _Outage | None) -> None:
        now = self._clock()
        if outage is None:
            return
        if now < outage.until:
            raise _unavailable(outage.until - now)
        if outage.probing_since is not None and now - outage.probing_since < LONGEST_PROBE:
            raise _unavailable(FIRST_PAUSE)
        outage.probing_since = now

    def note(self, account: str, *, failed: bool) -> None:
        """Remember how a call of an account ended."""
        if not failed:
            self._known.pop(account, None)
            return
        if len(self._known) > 10_000:
            self._known.clear()
        outage = self._known.setdefault(account, _Outage())
        outage.failures += 1
        pause = min(FIRST_PAUSE * 2.0 ** min(max(outage.failures - FAILURES, 0), 20), LONGEST_PAUSE)
        outage.until = self._clock() + pause

    def forget(self) -> None:
        """Forget everything, as in tests."""
        self._known.clear()


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way."""

    outages: Outages
    account: str

    def ended(self, *, failed: bool) -> None:
        """Note whether GitHub failed to answer."""
        if failed or self.outages._known:
            self.outages.note(self.account, failed=failed)


def _unavailable(seconds: float) -> GitHubUnavailable:
    # Spread, and after the probe: it is to be over when the others come again.
    return GitHubUnavailable(seconds=seconds + random.uniform(1.0, 10.0))  # noqa: S311 - spreading load
