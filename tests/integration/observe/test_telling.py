"""Each way in which people are told of an incident."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import django
import pytest
from django.core import mail

from django_github_app.observe import telling
from tests.support.watched_site import Site

pytestmark = pytest.mark.django_db

# Since Django 6.0 addresses alone, before that pairs.
ADMINS = ["olga@example.com"] if django.VERSION >= (6,) else [("Olga", "olga@example.com")]


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
    settings.ADMINS = ADMINS
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


def test_a_way_to_tell_that_fails_stops_no_other_and_is_logged(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> None:
        raise OSError("no mail server")

    settings.ADMINS = ADMINS
    monkeypatch.setattr(telling, "TELLERS", [broken, *telling.TELLERS])
    site.dead = {"broker"}
    site.pass_time(60)
    assert len(mail.outbox) == 1
    assert site.told == [("raised", "broker")]
    assert "an alarm could not be told in one way" in caplog.text
