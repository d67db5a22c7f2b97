"""Missed deliveries: what GitHub could not deliver is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from django_github_app.github import clocks
from django_github_app.maintenance import missed, missed_report
from django_github_app.maintenance.missed_report import Day
from django_github_app.models import EventLog
from django_github_app.routing import GitHubRouter
from django_github_app.testing import FakeGitHub

pytestmark = pytest.mark.django_db


class Receiver:
    """A webhook endpoint that answers what it is told to."""

    def __init__(self) -> None:
        receiver = self
        self.answer = 202
        self.guids: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.guids.append(self.headers["X-GitHub-Delivery"])
                self.send_response(receiver.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def github(fake_github: FakeGitHub, receiver: Receiver, gh: GitHubRouter) -> FakeGitHub:
    @gh.event("push")
    @gh.event("issues", action="opened")
    async def note(event: Any) -> None: ...

    fake_github.webhook_url = receiver.url
    return fake_github


def settle(github: FakeGitHub, attempts: int) -> None:
    """Wait until so many deliveries have been made, redeliveries included."""
    import time

    deadline = time.monotonic() + 10
    while len(github.deliveries) < attempts or not all(d.status for d in github.deliveries):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def later(github: FakeGitHub, minutes: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(github.now(), dt.UTC) + dt.timedelta(minutes=minutes)


def test_what_github_could_not_deliver_is_delivered_again(github: FakeGitHub, receiver: Receiver) -> None:
    lost = [github.deliver("push", {"n": n}, send=False).guid for n in range(3)]
    github.deliver("push", {"fine": True})
    receiver.guids.clear()
    done = missed.recover_missed(later(github, 2))
    settle(github, 7)
    assert (done.failed, done.requested) == (3, 3)
    assert sorted(receiver.guids) == sorted(lost)
    assert missed.recover_missed(later(github, 4)).failed == 0


@pytest.mark.parametrize("ahead", [-20, 20], ids=["behind", "ahead"])
def test_what_was_missed_is_looked_for_by_the_clock_that_dated_it(
    github: FakeGitHub, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """A host whose clock is minutes ahead took the time of its last look for later than the next failures."""
    monkeypatch.setattr(clocks, "skew", lambda url: -60.0 * ahead)
    github.advance(-60.0 * ahead)
    for number in range(2):
        lost = github.deliver("push", {"n": number}, send=False)
        github.deliveries.attempts[-1].delivered_at -= 90
        assert missed.recover_missed().requested == 1
        settle(github, 2 * number + 2)
        assert receiver.guids.pop() == lost.guid


def test_one_success_among_the_attempts_is_enough(github: FakeGitHub, receiver: Receiver) -> None:
    lost = github.deliver("push", {}, send=False)
    github.deliver("push", {}, guid=lost.guid)
    assert missed.recover_missed(later(github, 2)).failed == 0


def test_an_event_that_is_stored_was_not_missed(github: FakeGitHub) -> None:
    slow = github.deliver("push", {}, send=False)
    EventLog.objects.create(event="push", delivery=slow.guid)
    assert missed.recover_missed(later(github, 2)).failed == 0


def test_attempts_are_spaced_and_have_an_end(github: FakeGitHub, receiver: Receiver) -> None:
    receiver.answer = 500
    github.deliver("push", {})
    assert missed.recover_missed(later(github, 0.5)).waiting == 1
    minutes, made = 0.0, 1
    for attempt in range(1, missed.MAX_ATTEMPTS):
        minutes += 2.0 ** (attempt - 1) + 0.1
        assert missed.recover_missed(later(github, minutes)).requested == 1
        made += 1
        settle(github, made)
        assert missed.recover_missed(later(github, minutes)).requested == 0
        github.deliveries.attempts[-1].delivered_at += minutes * 60
    done = missed.recover_missed(later(github, minutes + 100))
    assert (done.requested, done.given_up) == (0, 1)
    assert len(receiver.guids) == missed.MAX_ATTEMPTS


def test_a_long_log_is_read_over_several_runs(
    github: FakeGitHub, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(missed, "MAX_PAGES", 2)
    settings.GITHUB_APP = {**settings.GITHUB_APP, "POINTS_PER_MINUTE": 0}
    lost = [github.deliver("push", {"n": n}, send=False).guid for n in range(450)]
    for minutes, delivery in enumerate(reversed(github.deliveries.attempts)):
        delivery.delivered_at -= minutes * 60
    requested: list[str] = []
    monkeypatch.setattr(missed, "MAX_REDELIVERIES", 1000)
    monkeypatch.setattr(github.deliveries, "redeliver", lambda delivery: requested.append(delivery.guid))
    reads = [missed.recover_missed(later(github, 2)).read for _ in range(4)]
    # What is ten minutes old is read again each time: it may have come late into the log.
    assert [round(read, -2) for read in reads] == [200, 100, 100, 100]
    assert sum(reads) < 450 + 3 * 10
    assert sorted(requested) == sorted(lost)


def test_a_run_asks_for_a_bounded_number(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MAX_REDELIVERIES", 2)
    for n in range(3):
        github.deliver("push", {"n": n}, send=False)
    done = missed.recover_missed(later(github, 2))
    assert (done.requested, done.waiting) == (2, 1)
    settle(github, 5)
    assert missed.recover_missed(later(github, 3)).requested == 1
    settle(github, 6)


def test_a_delivery_that_github_refuses_to_repeat_does_not_stop_the_others(
    github: FakeGitHub, receiver: Receiver
) -> None:
    for n in range(2):
        github.deliver("push", {"n": n}, send=False)
    github.fail_next(1, status=422, method="POST", path="attempts")
    done = missed.recover_missed(later(github, 2))
    assert (done.requested, done.given_up) == (1, 1)
    settle(github, 3)


def test_of_thousands_only_those_are_asked_for_that_a_handler_wants(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "POINTS_PER_MINUTE": 0}
    wanted_ones = []
    for number in range(7000):
        is_wanted = number % 26 == 0
        payload = {"action": "opened" if is_wanted else "labeled", "n": number}
        delivery = github.deliver("issues", payload, send=False)
        # All but the newest 140 are a day old, in another order than that of their ids.
        delivery.delivered_at -= number * 0.1 + (0 if number % 50 == 0 else 86400)
        if is_wanted:
            wanted_ones.append(delivery)
    assert len(wanted_ones) == 270
    asked: list[str] = []
    monkeypatch.setattr(github.deliveries, "redeliver", lambda delivery: asked.append(delivery.guid))
    for minutes in (2, 3):
        done = missed.recover_missed(later(github, minutes))
        assert len(asked) <= missed.MAX_REDELIVERIES * (minutes - 1)
    # Each once, today's before yesterday's, and those of one day in the order in which they happened.
    now = github.now()
    assert asked == [
        d.guid for d in sorted(wanted_ones, key=lambda d: (now - d.delivered_at > 86000, d.delivered_at))
    ]
    assert done.failed == 270
    days = missed_report.days()
    assert sum(d.missed for d in days) == sum(d.asked for d in days) == 270
    assert sum(d.unwanted for d in days) == 6730


def test_the_report_of_a_day_says_what_was_missed_why_and_what_came_of_it(
    github: FakeGitHub, receiver: Receiver
) -> None:
    day = f"{later(github, 0):%Y-%m-%d}"
    receiver.answer = 502
    github.deliver("push", {"n": 1})
    github.deliver("star", {"n": 2})
    for number in range(2):
        github.deliver("push", {"down": number}, send=False)
    receiver.answer = 202
    missed.recover_missed(later(github, 2))
    settle(github, 7)
    github.fail_next(10, status=422, method="POST", path="attempts")
    for minutes in (3, 4):  # read once more, counted once
        missed.recover_missed(later(github, minutes))
    refused = Day(day, "Invalid HTTP Response: 502", missed=1, asked=1, arrived=1, unwanted=1)
    away = Day(day, "failed to connect to host", missed=2, asked=2, arrived=2)
    assert missed_report.days() == [refused, away]
    assert (refused.open, away.open) == (0, 0)


def test_a_log_that_is_read_from_its_beginning_again_is_counted_once(github: FakeGitHub) -> None:
    from django.core.cache import cache

    github.deliver("star", {}, send=False)
    for minutes in (2, 3):
        missed.recover_missed(later(github, minutes))
        cache.clear()
    (day,) = missed_report.days()
    assert day.unwanted == 1
