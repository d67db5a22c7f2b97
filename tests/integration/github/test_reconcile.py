"""Reconciliation and missed deliveries: what no event told is found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from django_github_app.github import clocks
from django_github_app.maintenance import locks, missed, reconcile
from django_github_app.models import EventLog, Installation, InstallationStatus, Repository
from django_github_app.testing import FakeGitHub
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


def repositories() -> list[str]:
    return sorted(Repository.objects.values_list("full_name", flat=True))


def test_both_tables_become_what_github_has(octo: Octo) -> None:
    gone = Installation.objects.create(installation_id=1, data={})
    Repository.objects.create(installation=gone, repository_id=1, repository_node_id="", full_name="a/gone")
    stored = Installation.objects.create_from_gh_data(octo.installation.json())
    Repository.objects.create(
        installation=stored, repository_id=2, repository_node_id="", full_name="octo/gone"
    )
    octo.github.add_installation("acme", repositories=["acme/one", "acme/two"])
    asleep = octo.github.add_installation("asleep", repositories=["asleep/dreams"])
    asleep.suspend()

    done = reconcile.reconcile()

    assert (done.installations, done.removed_installations) == (3, 1)
    assert (done.repositories, done.removed_repositories) == (3, 1)
    assert repositories() == ["acme/one", "acme/two", "octo/widgets"]
    sleeping = Installation.objects.get(installation_id=asleep.id)
    assert sleeping.status == InstallationStatus.INACTIVE


def test_a_rename_that_was_missed_is_found(octo: Octo) -> None:
    reconcile.reconcile()
    octo.github.rename_repo("octo/widgets", "octo/gadgets")
    assert reconcile.reconcile().repositories == 0  # compared a moment ago
    assert reconcile.reconcile(older_than=timezone.now()).repositories == 1
    assert repositories() == ["octo/gadgets"]


def test_a_run_that_has_no_time_leaves_the_rest_to_the_next(octo: Octo) -> None:
    octo.github.add_installation("acme", repositories=["acme/one"])
    assert reconcile.reconcile(seconds=-1).left == 2
    assert reconcile.reconcile().left == 0
    assert repositories() == ["acme/one", "octo/widgets"]


def test_one_installation_that_fails_does_not_stop_the_others(octo: Octo) -> None:
    acme = octo.github.add_installation("acme", repositories=["acme/one"])
    octo.github.fail_next(9, status=500, installation=octo.installation)
    reconcile.reconcile()
    assert repositories() == ["acme/one"]
    octo.github.faults.clear()
    octo.github.fail_next(9, status=500, installation=acme)
    reconcile.reconcile()
    assert repositories() == ["acme/one", "octo/widgets"]


def test_a_rate_limit_ends_the_run_without_an_error(octo: Octo) -> None:
    octo.github.secondary_limit(60)
    assert reconcile.reconcile().installations == 0


def test_an_installation_that_is_limited_is_left_for_later(octo: Octo) -> None:
    octo.github.add_installation("acme", repositories=["acme/one"])
    octo.github.secondary_limit(60, installation=octo.installation)
    done = reconcile.reconcile()
    assert (done.left, repositories()) == (1, ["acme/one"])
    assert done.limited_until is not None


def test_two_runs_at_once_are_one(octo: Octo) -> None:
    with locks.hold(locks.name_of_app("reconcile")) as alone:
        assert alone
        assert reconcile.reconcile().installations == 0
    assert octo.github.requests == []


# Missed deliveries


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
def github(fake_github: FakeGitHub, receiver: Receiver) -> FakeGitHub:
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
