"""The built-in watch: each outage is told once, with its recovery, and quiet hours tell of nothing."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError

from django_github_app.broker import celery_app
from django_github_app.models import EventLog, EventStatus, Incident, Lock, Pulse
from django_github_app.observe import gauges, pulses, telling, watch
from django_github_app.process.clock import as_field
from django_github_app.testing.deliver import store
from django_github_app.testing.fake_github import FakeGitHub

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


class Site:
    """A site of which each part can die, on a clock of its own."""

    def __init__(self) -> None:
        self.now = START
        self.dead: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.event = store("issues").pk
        EventLog.objects.update(status=EventStatus.DONE)
        self.last_delivery = self.now

    def pass_time(self, seconds: float, step: float = 15.0) -> None:
        until = self.now + dt.timedelta(seconds=seconds)
        while self.now < until:
            self.now += dt.timedelta(seconds=step)
            for part, name in {
                "workers": pulses.worker_name("sync", "host"),
                "beat": pulses.BEAT,
            }.items():
                if part not in self.dead:
                    pulses.note(name, self.now)
            if not self.dead & {"workers", "beat", "broker"}:
                pulses.note(pulses.SWEEP, self.now)
            if "hook" not in self.dead and (self.now - self.last_delivery).total_seconds() >= 300:
                EventLog.objects.update(received_at=as_field(self.now))
                self.last_delivery = self.now
            watch.look(self.now)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()

    def raised(incident: Incident, **kwargs: Any) -> None:
        site.told.append(("raised", incident.key))

    def cleared(incident: Incident, **kwargs: Any) -> None:
        site.told.append(("cleared", incident.key))

    def reach() -> str:
        if "broker" in site.dead:
            raise ConnectionError("no broker")
        return "broker"

    look = gauges.look

    def look_or_not(now: dt.datetime) -> Any:
        if "database" in site.dead:
            raise OperationalError("gone")
        return look(now)

    monkeypatch.setattr(celery_app, "reach_broker", reach)
    monkeypatch.setattr(gauges, "look", look_or_not)
    telling.alarm_raised.connect(raised)
    telling.alarm_cleared.connect(cleared)
    watch._process.take()
    yield site
    telling.alarm_raised.disconnect(raised)
    telling.alarm_cleared.disconnect(cleared)


@pytest.mark.parametrize(
    ("part", "alarm"),
    [("workers", "workers sync"), ("beat", "beat"), ("broker", "broker"), ("database", "database")],
)
def test_what_dies_is_told_once_within_a_minute_and_its_recovery_too(
    site: Site, part: str, alarm: str
) -> None:
    site.pass_time(60)
    assert site.told == []
    site.dead = {part}
    site.pass_time(60)
    assert ("raised", alarm) in site.told
    site.pass_time(1800, step=300)
    assert site.told.count(("raised", alarm)) == 1
    site.dead = set()
    site.pass_time(120)
    assert ("cleared", alarm) in site.told
    site.pass_time(1200, step=300)
    assert site.told.count(("cleared", alarm)) == 1
    # Nothing is left open, and nothing was told that was not so.
    assert not Incident.objects.filter(cleared_at=None).exists()
    assert {key for _, key in site.told} <= {alarm, "sweep"}


def test_a_hook_that_falls_silent_is_told_once_it_is_known_how_it_usually_is(site: Site) -> None:
    days = {(START - dt.timedelta(days=day)).date().isoformat(): 300.0 for day in range(1, 10)}
    Pulse.objects.create(name="hook 1", at=as_field(START), detail={"days": days})
    site.pass_time(3600, step=300)
    assert site.told == []
    site.dead = {"hook"}
    site.pass_time(960, step=60)
    assert site.told == [("raised", "silence 1")]
    site.dead = set()
    site.pass_time(120)
    assert site.told == [("raised", "silence 1"), ("cleared", "silence 1")]


def test_twenty_four_quiet_hours_tell_of_nothing(site: Site) -> None:
    site.pass_time(24 * 3600, step=1200)
    assert site.told == []
    assert len(mail.outbox) == 0
    assert not Incident.objects.exists()


def test_a_blink_is_one_incident_and_not_two(site: Site) -> None:
    site.dead = {"broker"}
    site.pass_time(60)
    site.dead = set()
    site.pass_time(15)
    site.dead = {"broker"}
    site.pass_time(60)
    assert site.told.count(("raised", "broker")) == 1
    assert ("cleared", "broker") not in site.told


def test_it_is_mailed_logged_and_posted(
    site: Site, settings: Any, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    posted: list[Any] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Chat)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    request.addfinalizer(server.server_close)
    request.addfinalizer(thread.join)
    request.addfinalizer(server.shutdown)
    settings.ADMINS = [("Olga", "olga@example.com")]
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ALARMS": {"webhook": f"http://127.0.0.1:{server.server_port}/hook"},
    }
    with caplog.at_level(logging.WARNING):
        site.dead = {"broker"}
        site.pass_time(60)
        site.dead = set()
        site.pass_time(120)
    assert [message.subject.rpartition("] ")[2] for message in mail.outbox] == [
        "test-app: alarm: broker",
        "test-app: recovered: broker",
    ]
    assert [record.__dict__["alarm"] for record in caplog.records if record.msg.startswith("alarm ")] == [
        "broker"
    ] * 2
    assert [content["state"] for content in posted] == ["raised", "recovered"]


def test_an_issue_is_opened_and_closed(site: Site, settings: Any, fake_github: FakeGitHub) -> None:
    installation = fake_github.add_installation(
        "octo", repositories=["octo/ops"], permissions={"issues": "write"}
    )
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ALARMS": {"issue": "octo/ops", "issue_installation": installation.id},
    }
    site.dead = {"broker"}
    site.pass_time(60)
    assert Incident.objects.get(key="broker").reference
    site.dead = set()
    site.pass_time(120)
    sent = [(one.method, one.path) for one in fake_github.requests if "/issues" in one.path]
    assert [method for method, _ in sent] == ["POST", "POST", "PATCH"]


def test_a_way_to_tell_that_fails_stops_no_other_and_is_logged(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> None:
        raise OSError("no mail server")

    settings.ADMINS = [("Olga", "olga@example.com")]
    monkeypatch.setattr(telling, "TELLERS", [broken, *telling.TELLERS])
    site.dead = {"broker"}
    site.pass_time(60)
    assert len(mail.outbox) == 1
    assert site.told == [("raised", "broker")]
    assert "an alarm could not be told in one way" in caplog.text


def test_of_many_processes_one_looks_at_a_time() -> None:
    assert watch._is_elected(START, watch.thresholds())
    assert not watch._is_elected(START + dt.timedelta(seconds=5), watch.thresholds())
    assert watch._is_elected(START + dt.timedelta(seconds=15), watch.thresholds())
    assert Lock.objects.filter(name=watch.LOCK).exists()


def test_who_dies_between_writing_and_telling_leaves_the_telling_to_the_next(site: Site) -> None:
    site.dead = {"broker"}
    watch._open(watch.BROKER, START)
    site.pass_time(30)
    assert site.told == [("raised", "broker")]
