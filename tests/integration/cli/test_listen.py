"""``manage.py github listen``: a relay on this machine, the site's own view, and what is between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from django_github_app.cli import github
from django_github_app.conf import app_settings
from django_github_app.deliveries import sign
from django_github_app.models import EventLog
from django_github_app.setup import relay

BODY = '{"action":"opened","text":"é 🎉 \\n","number":1.10}'.encode()


class Relay:
    """A relay whose connections each send one list of events and then end."""

    def __init__(self) -> None:
        self.connections: list[list[str]] = []
        self.asked: list[str | None] = []
        self.status, self.content_type = 200, "text/event-stream; charset=utf-8"
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                relay.asked.append(self.headers.get("Last-Event-ID"))
                self.send_response(relay.status)
                self.send_header("Content-Type", relay.content_type)
                self.end_headers()
                for event in relay.connections.pop(0) if relay.connections else ():
                    self.wfile.write(event.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/channel"


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(relay, "LONGEST_WAIT", 0.01)
    made = Relay()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def event(number: int, body: bytes = BODY) -> str:
    headers = {
        "x-github-event": "issues",
        "x-github-delivery": f"d-{number}",
        "x-github-hook-id": "1",
        "content-type": "application/json",
        "x-hub-signature-256": sign(BODY, app_settings.webhook_secrets[0]),
    }
    data = json.dumps(headers)[:-1] + ',"body":' + body.decode() + "}"
    return f"id: {number}\nretry: 10\ndata: {data}\n\n"


def listen(*arguments: str) -> Result:
    return CliRunner().invoke(github, ["listen", *arguments])


@pytest.mark.django_db(transaction=True)
def test_deliveries_reach_the_site_as_github_sent_them_also_after_a_lost_connection(
    channel: Relay, live_server: Any
) -> None:
    from django_github_app.ingest import inbox

    ready = "event: ready\ndata: {}\n\n: a sign of life\n\n"
    channel.connections = [[ready, event(1)], [], [ready, event(2), event(3, b'{"changed":1}')]]
    try:
        result = listen(channel.url, "--url", f"{live_server.url}/github/sync/", "--count", "3")
    finally:
        inbox.close()
    assert result.exit_code == 0, result.output
    assert "issues d-1 202" in result.output
    assert "issues d-2 202" in result.output
    # The site refuses what is not as it was signed: so the other two arrived byte for byte.
    assert "issues d-3 403  (its signature does not fit WEBHOOK_SECRET)" in result.output
    assert [row.raw_body for row in EventLog.objects.order_by("id")] == [BODY, BODY]
    assert channel.asked == [None, "1", "1"]


def test_a_site_that_is_not_there_is_said_and_listening_goes_on(channel: Relay) -> None:
    channel.connections = [[event(1), event(2)]]
    result = listen(channel.url, "--url", "http://127.0.0.1:9/", "--count", "2")
    assert result.exit_code == 0
    assert result.output.count("is the web process running?") == 2


def test_what_is_no_channel_is_one_sentence(channel: Relay) -> None:
    channel.content_type = "text/html"
    result = listen(channel.url)
    assert (result.exit_code, "is no channel" in result.output) == (1, True)
    channel.status = 404
    result = listen(channel.url)
    assert (result.exit_code, "answers 404" in result.output) == (1, True)
    assert listen("smee.io/abc").exit_code == 1
