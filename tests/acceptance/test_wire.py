"""Mutated requests over sockets at every real server: no server error, bounded memory, nothing stored unsigned.

``make fuzz`` sends 100,000 over all of them together, and prints what that costs deliveries that come in meanwhile:
on a machine with nothing else to do ``WIRE_JUDGE_TIMES=1`` has that judged. ``WIRE_REQUESTS`` and ``FUZZ_SEED``
choose others.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

from django_github_app.bodies import frames
from django_github_app.testing import payloads
from tests.support import requests
from tests.support.site import ROOT, SECRET, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SHORT: Final = 200
REQUESTS = int(os.environ.get("WIRE_REQUESTS", str(SHORT)))
SEED = int(os.environ.get("FUZZ_SEED", "2026"))
CONCURRENCY = os.environ.get("WIRE_CONCURRENCY", "12")
MEMORY = 512 * 1024 * 1024
PACE = 1 / 40  # seconds between deliveries that are timed

_GRANIAN = "exec granian --host $HOST --port $PORT --workers 1"
_GUNICORN = "exec python -m gunicorn --bind $HOST:$PORT --workers 1"
_UVICORN = "exec python -m uvicorn --host $HOST --port $PORT"
# As the docs tell those who want HTTP/2 to start it.
_HTTP2 = "--http auto --http2-max-headers-size 65536"
SITES = "tests.support.wire.sites"


@dataclass(frozen=True)
class Server:
    """How a server is started (None: as the Procfile does), its HTTP, its part of the requests."""

    command: str | None
    http: str = "1"
    share: int = 2
    may_answer: frozenset[int] = frozenset()
    """Statuses of 500 and more that the server itself gives, before our application is asked."""


# gunicorn's word for a transfer coding that it does not know is 501, as RFC 9112 has it.
UNKNOWN_CODING: Final = frozenset({501, 505})
# A few requests for five of them are in the suite: every kind of server, and both views.
IN_THE_SUITE: Final = {
    "granian",
    "granian, HTTP/2",
    "granian WSGI",
    "uvicorn h11, both views",
    "gunicorn, both views",
}
SERVERS: Final = {
    "granian": Server(None, share=4),
    "granian, HTTP/2": Server(f"{_GRANIAN} --interface asginl {_HTTP2} deploy.asgi:application", "2", 4),
    "granian, both views": Server(f"{_GRANIAN} --interface asgi --http 1 {SITES}:views_asgi"),
    "granian WSGI": Server(
        f"{_GRANIAN} --interface wsgi --http 1 --blocking-threads 16 deploy.wsgi:application"
    ),
    "granian WSGI, both views": Server(
        f"{_GRANIAN} --interface wsgi --http 1 --blocking-threads 16 {SITES}:views_wsgi"
    ),
    "uvicorn": Server(f"{_UVICORN} --http httptools deploy.asgi:application"),
    "uvicorn h11, both views": Server(f"{_UVICORN} --http h11 {SITES}:views_asgi"),
    "gunicorn": Server(f"{_GUNICORN} --threads 16 deploy.wsgi:application", may_answer=UNKNOWN_CODING),
    "gunicorn, both views": Server(f"{_GUNICORN} --threads 16 {SITES}:views_wsgi", may_answer=UNKNOWN_CODING),
}


class Watch:
    """The most memory that a process and its children have held, in bytes."""

    def __init__(self, pid: int) -> None:
        self.most = 0
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            size = 0
            for process in [self._root, *self._root.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    size += process.memory_info().rss
            self.most = max(self.most, size)


class Deliveries:
    """Sends deliveries as GitHub would, at a steady pace, and times them."""

    def __init__(self, site: Site, kind: str) -> None:
        self.site = site
        self.client = httpx.Client(
            timeout=30, trust_env=False, http1=kind == "1", http2=kind == "2", base_url=site.url
        )
        self.sent: list[str] = []

    def send_while(self, goes_on: Callable[[], bool]) -> list[float]:
        """Return how many milliseconds each took, in order of length."""
        took = []
        while goes_on():
            request = self.site.request("async", "issues", payloads.build("issues"))
            started = time.perf_counter()
            answer = self.client.post(**request)
            took.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 202, answer.text
            self.sent.append(request["headers"]["X-GitHub-Delivery"])
            time.sleep(PACE)
        return sorted(took)


def p99(took: list[float]) -> float:
    return took[min(len(took) - 1, int(len(took) * 0.99))]


@contextlib.contextmanager
def attacked(site: Site, server: Server, count: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [str(site.port), server.http, str(SEED), str(count), CONCURRENCY, str(output)]
    process = subprocess.Popen([sys.executable, "-m", "tests.support.wire.attack", *arguments], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def large_bodies(site: Site, number: int, size: int) -> list[socket.socket]:
    """Open connections that claim a signature and send all but the end of a large body."""
    lines = [
        "POST /github/{}/ HTTP/1.1",
        *("Host: localhost", "Content-Type: application/json", "X-GitHub-Event: push"),
        *(f"X-GitHub-Delivery: {uuid.uuid4()}", f"X-Hub-Signature-256: sha256={'0' * 64}"),
        *(f"Content-Length: {size}", "", ""),
    ]
    head = "\r\n".join(lines)
    opened = []
    block = b"x" * 1_000_000
    for which in range(number):
        connection = socket.create_connection(("127.0.0.1", site.port), 5)
        connection.settimeout(3)
        opened.append(connection)
        with contextlib.suppress(OSError):
            connection.sendall(head.format(("async", "sync")[which % 2]).encode())
            for _ in range(size // len(block) - 1):
                connection.sendall(block)
    return opened


def stored(site: Site) -> list[dict[str, Any]]:
    return site.rows("SELECT delivery, event, body FROM django_github_app_eventlog")


@pytest.mark.parametrize("name", [n for n in SERVERS if REQUESTS > SHORT or n in IN_THE_SUITE])
def test_mutated_requests_harm_no_server_and_store_nothing_unsigned(
    name: str, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    server = SERVERS[name]
    count = REQUESTS * server.share // sum(one.share for one in SERVERS.values())
    commands = {} if server.command is None else {"web": server.command}
    environment = {
        "GITHUB_WEBHOOK_SECRET": f"{SECRET},{requests.SECRET}",
        "ALLOWED_HOSTS": "127.0.0.1,example.com",
    }
    site = make_site(app={"BODY_TIMEOUT": 1}, commands=commands, environment=environment)
    site.start("web")
    output = tmp_path / "attack.json"
    long = REQUESTS > SHORT
    deliveries = Deliveries(site, server.http)
    with deliveries.client, Watch(site.running["web"].process.pid) as watch:
        until = time.monotonic() + (10 if long else 0.5)
        deliveries.send_while(lambda: time.monotonic() < until - 0.2)
        until = time.monotonic() + (20 if long else 0.5)
        alone = deliveries.send_while(lambda: time.monotonic() < until)
        with attacked(site, server, count, output) as attack:
            meanwhile = deliveries.send_while(lambda: attack.poll() is None)
            assert attack.returncode == 0
        if long and server.http == "1":
            for connection in large_bodies(site, 30, 24_000_000):
                connection.close()
        assert deliveries.send_while(iter([True, False]).__next__)
    result = json.loads(output.read_text())
    print(
        f"\n{name}: {count} requests, {result['statuses']}, {result['outcomes']}; {watch.most >> 20} MiB; "
        f"p99 alone {p99(alone):.1f} ms, meanwhile {p99(meanwhile):.1f} ms ({len(alone)}, {len(meanwhile)})"
    )
    unexpected = [w for w in result["wrong"] if not _is_the_servers_own(w["what"], server)]
    assert unexpected == []
    assert watch.most < MEMORY
    signed = set(result["signed"])
    rows = stored(site)
    digests = {row["delivery"]: hashlib.sha256(frames.decompress(row["body"])).hexdigest() for row in rows}
    for row in rows:
        assert row["event"].isascii()
        assert "," not in row["event"] + row["delivery"]
        if row["delivery"] not in deliveries.sent:
            assert digests[row["delivery"]] in signed, row
    assert digests.keys() >= set(deliveries.sent)
    assert result["accepted"]
    assert set(result["accepted"]) <= set(digests.values())
    if os.environ.get("WIRE_JUDGE_TIMES"):
        assert p99(meanwhile) <= 2 * p99(alone)


def _is_the_servers_own(what: str, server: Server) -> bool:
    return any(f"[{status}]" in what for status in server.may_answer)
