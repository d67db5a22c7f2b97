"""Deliveries that GitHub could not deliver: found in its log and asked for again.

GitHub does not try twice by itself, and keeps its log for three days. Redelivered events come in through the
webhook like all others, where the delivery id keeps them from being processed twice. What no handler is for is not
asked for, unless `RECOVER_MISSED` says so.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import gidgethub

from django_github_app.conf import app_settings
from django_github_app.errors import RateLimited
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, app_jwt, clocks
from django_github_app.github import cache as shared
from django_github_app.github.pages import fetch_page
from django_github_app.models import EventLog
from django_github_app.observe import pulses
from django_github_app.process import loop
from django_github_app.process.clock import utc_now

from . import locks, missed_report
from .wanted import Wants, wants

logger = logging.getLogger(__name__)

LOG_KEPT = dt.timedelta(days=3)
MAX_PAGES = 100
"""Pages of 100 deliveries that one run reads; the next run goes on where this one stopped."""
MAX_REDELIVERIES = 200
"""Deliveries that one run asks for."""
MAX_ATTEMPTS = 6
"""Attempts after which a delivery is given up: its receiver refuses it for a reason."""
GRACE = dt.timedelta(minutes=1)
"""Wait after the last attempt before the next; doubles each time."""
OVERLAP = dt.timedelta(minutes=10)
"""Deliveries appear in the log a little later than they were made."""

MAX_KEPT = 5000
"""Failed deliveries that are remembered from one run to the next."""

MAX_SETTLED = 20_000
"""Deliveries that are remembered because they are in the report: those that the next run may read of again."""

_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(slots=True)
class Missed:
    """One delivery that failed, as far as the log and our own requests tell."""

    guid: str
    id: int = 0
    """Of one of its attempts; each of them may be asked for again."""
    ids: set[int] = field(default_factory=set)
    requested: int = 0
    succeeded: bool = False
    given_up: bool = False
    latest: dt.datetime = _LONG_AGO
    event: str = ""
    action: str | None = None
    reason: str = ""
    """Why its first attempt failed, in GitHub's words."""
    first: dt.datetime = _NEVER
    counted: bool = False
    """Whether the report has it."""

    def add(self, attempt: dict[str, Any]) -> None:
        at = dt.datetime.fromisoformat(attempt["delivered_at"]).astimezone(dt.UTC)
        self.ids.add(attempt["id"])
        self.event, self.action = attempt["event"], attempt.get("action")
        if attempt["status"] == "OK":
            self.succeeded = True
        elif at < self.first:
            self.first, self.reason = at, str(attempt["status"] or "no answer yet")
        self.latest, self.id = max((self.latest, self.id), (at, attempt["id"]))

    @property
    def attempts(self) -> int:
        # A redelivery that was asked for may not be in the log yet, and some may be beyond what was read.
        return max(len(self.ids), self.requested + 1)

    def is_due(self, now: dt.datetime) -> bool:
        return now >= self.latest + GRACE * 2.0 ** (self.attempts - 1)


@dataclass(slots=True)
class Range:
    """A part of the log that is still to be read: from a cursor back to a time."""

    cursor: str
    until: dt.datetime


@dataclass(slots=True)
class State:
    """What one run leaves for the next. Losing it costs reading the whole log once."""

    since: dt.datetime | None = None
    ranges: list[Range] = field(default_factory=list)
    failed: dict[str, Missed] = field(default_factory=dict)
    settled: dict[str, dt.datetime] = field(default_factory=dict)
    """Deliveries that the report has and that nobody asks for, as long as the next run may read of them again."""


@dataclass(slots=True)
class Recovered:
    """What one run found and did."""

    read: int = 0
    failed: int = 0
    requested: int = 0
    given_up: int = 0
    waiting: int = 0
    unwanted: int = 0
    """Failed deliveries that no handler is for."""


def group(attempts: Iterable[dict[str, Any]], known: dict[str, Missed] | None = None) -> dict[str, Missed]:
    """Put the attempts of each delivery together; every attempt has an id of its own, all share the guid."""
    found = dict(known or {})
    for attempt in attempts:
        guid = attempt["guid"]
        found.setdefault(guid, Missed(guid)).add(attempt)
    return found


def recover_if_configured() -> Recovered | None:
    """Do it, unless it is switched off or the app has no key yet."""
    is_app = app_settings.PRIVATE_KEY and (app_settings.CLIENT_ID or app_settings.APP_ID)
    return recover_missed() if is_app and app_settings.RECOVER_MISSED_INTERVAL else None


def recover_missed(now: dt.datetime | None = None) -> Recovered:
    """Ask GitHub to deliver again what it could not deliver since the last run; return what was found."""
    done = Recovered()
    with locks.hold(locks.name_of_app("missed")) as free:
        if not free:
            return done
        try:
            _recover(done, now)
            pulses.note(pulses.MISSED, waiting=done.failed - done.given_up, given_up=done.given_up)
        except RateLimited as limit:
            logger.info("missed deliveries are asked for later", extra={"error": str(limit)})
    return done


def _github_now() -> dt.datetime:
    """Return the present moment by GitHub's clock, which has dated the deliveries of its log."""
    return utc_now() + dt.timedelta(seconds=clocks.skew(app_settings.API_URL))


def _recover(done: Recovered, given: dt.datetime | None) -> None:
    now = given or _github_now()
    cache, name = shared.backend(), shared.key(app_settings.API_URL, "missed-2")
    state: State = cache.get(name) or State()
    oldest = now - LOG_KEPT
    # A state that a host with a fast clock has left is not believed to be of the future.
    since = min(max(state.since or oldest, oldest), now - OVERLAP)
    walk = _Walk(MAX_PAGES if not state.ranges else max(MAX_PAGES // 2, 1))
    attempts = list(walk.read(None, since))
    ranges = [Range(walk.cursor, since)] if walk.cursor else []
    walk.pages += MAX_PAGES - (MAX_PAGES if not state.ranges else max(MAX_PAGES // 2, 1))
    for part in state.ranges:
        until = max(part.until, oldest)
        attempts += walk.read(part.cursor, until)
        if walk.cursor:
            ranges.append(Range(walk.cursor, until))
    done.read = len(attempts)
    now = given or _github_now()  # its answers have told it by now, if nothing did before
    known = {guid: one for guid, one in state.failed.items() if one.latest > oldest}
    look = _Look(wants(), dict(state.settled), now)
    failed = look.failed(group(attempts, known))
    done.failed, done.unwanted = len(failed), look.unwanted
    kept = _request(failed, done, now, look.report)
    next_since = now - OVERLAP
    settled = {guid: at for guid, at in look.settled.items() if at >= next_since or ranges}
    failed_still = {one.guid: one for one in kept[-MAX_KEPT:]}
    afresh = state.since is None
    state = State(next_since, ranges[:10], failed_still, dict(list(settled.items())[-MAX_SETTLED:]))
    cache.set(name, state, int(LOG_KEPT.total_seconds()))
    look.report.write(afresh=afresh)


class _Look:
    """What one run makes of the deliveries that it knows of."""

    def __init__(self, is_wanted: Wants, settled: dict[str, dt.datetime], now: dt.datetime) -> None:
        self.is_wanted = is_wanted
        self.settled = settled
        self.now = now
        self.unwanted = 0
        self.report = missed_report.Ledger()

    def failed(self, found: dict[str, Missed]) -> list[Missed]:
        """Return the wanted deliveries that failed and whose event is not stored, in the order to ask for them."""
        candidates = [one for one in found.values() if one.reason]
        stored = _stored([one.guid for one in candidates if not one.succeeded])
        left = []
        for one in candidates:
            if one.succeeded or one.guid in stored:
                self._settle(one, "arrived")
            elif not self.is_wanted(one.event, one.action):
                self.unwanted += 1
                self._settle(one, "unwanted")
            else:
                if not one.counted:
                    self.report.add("missed", one.first, one.reason)
                    one.counted = True
                left.append(one)
        # What is missed today goes before yesterday's; that of one day in the order in which it happened.
        return sorted(left, key=lambda one: ((self.now - one.first).days, one.latest, one.id))

    def _settle(self, one: Missed, outcome: str) -> None:
        if one.guid not in self.settled:
            if outcome == "arrived" and not one.counted:
                self.report.add("missed", one.first, one.reason)
            self.report.add(outcome, one.first, one.reason)
        self.settled[one.guid] = one.latest


def _stored(guids: list[str]) -> set[str | None]:
    """Return which deliveries are stored, and were only answered too late for GitHub: they were not missed."""
    stored: set[str | None] = set()
    for start in range(0, len(guids), 500):
        rows = EventLog.objects.filter(delivery__in=guids[start : start + 500])
        stored |= {guid for guid, target in rows.values_list("delivery", "target_id") if _is_the_apps(target)}
    return stored


def _is_the_apps(target: int) -> bool:
    """Return whether a stored delivery came through the app's own hook.

    All hooks of one event share its GUID, and this log is the app's: that a repository's own webhook has
    brought the event does not mean that the app got it.
    """
    return target == 0 or str(target) == _app_id()


def _app_id() -> str:
    """Return the app's id, which is the target of its hook; asked of GitHub where only the client id is set."""
    if app_settings.APP_ID:
        return app_settings.APP_ID
    cache, name = shared.backend(), shared.key(app_settings.API_URL, "app-id")
    known: str | None = cache.get(name)
    if known is None:
        known = str(SyncGitHubAPI().getitem("/app", jwt=app_jwt())["id"])
        cache.set(name, known, int(LOG_KEPT.total_seconds()))
    return known


def _request(
    failed: list[Missed], done: Recovered, now: dt.datetime, report: missed_report.Ledger
) -> list[Missed]:
    """Ask for those that are due; return those that are still to be looked after."""
    gh = SyncGitHubAPI()
    kept = []
    for one in failed:
        if one.given_up or one.attempts >= MAX_ATTEMPTS:
            _give_up(one, done, "too many attempts", report)
            kept.append(one)  # or it would be found in the log again
            continue
        if not one.is_due(now) or done.requested >= MAX_REDELIVERIES:
            done.waiting += 1
            kept.append(one)
            continue
        try:
            gh.post(f"/app/hook/deliveries/{one.id}/attempts", data=b"", jwt=app_jwt())
        except gidgethub.BadRequest as error:
            # Too old by now, or refused for this one: the others are asked for all the same.
            _give_up(one, done, str(error), report)
        except RateLimited:
            done.waiting += 1
            kept += failed[failed.index(one) :]
            break
        else:
            one.requested = one.attempts
            one.latest = max(one.latest, now)
            done.requested += 1
            report.add("asked", one.first, one.reason)
        kept.append(one)
    return kept


def _give_up(one: Missed, done: Recovered, reason: str, report: missed_report.Ledger) -> None:
    done.given_up += 1
    if not one.given_up:
        report.add("given_up", one.first, one.reason)
        fields = {"delivery": one.guid, "attempts": one.attempts, "reason": reason}
        logger.error("delivery given up", extra=fields)
    one.given_up = True


class _Walk:
    """Reads the delivery log from the newest on, a bounded number of pages."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.cursor: str | None = None
        """Where reading stopped because no page was left; None when it came to its end."""
        self.gh = AsyncGitHubAPI()

    def read(self, cursor: str | None, until: dt.datetime) -> Iterator[dict[str, Any]]:
        url: str | None = "/app/hook/deliveries?" + urlencode(
            {"per_page": "100", **({"cursor": cursor} if cursor else {})}
        )
        self.cursor = None
        while url is not None:
            if self.pages <= 0:
                self.cursor = parse_qs(urlsplit(url).query).get("cursor", [None])[0]
                return
            self.pages -= 1
            attempts, url = loop.run_on_loop(fetch_page(self.gh, url, jwt=app_jwt()))
            for attempt in attempts:
                if dt.datetime.fromisoformat(attempt["delivered_at"]) < until:
                    return
                yield attempt
