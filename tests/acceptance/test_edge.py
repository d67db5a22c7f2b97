"""The edge as it is deployed: the web process of the Procfile, and what comes over the wire."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

import httpx
import pytest

from django_github_app.deliveries import sign
from django_github_app.testing import payloads
from tests.support.site import SECRET, Site

pytestmark = pytest.mark.slow

BODY = b'{"action":"opened"}'
PATHS = ("/github/async/", "/github/sync/")


def ask(site: Site, raw: bytes, seconds: float = 20) -> tuple[bytes, float]:
    """Send bytes and return all that comes back until the server closes, and after how many seconds it did."""
    started = time.monotonic()
    received = b""
    with socket.create_connection(("127.0.0.1", site.port), 5) as connection:
        connection.settimeout(seconds)
        with contextlib.suppress(ConnectionError):
            connection.sendall(raw)
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(65536):
                received += data
    return received, time.monotonic() - started


def head(path: str, *more: str, body: bytes = BODY, guid: str = "guid") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        *("Host: localhost", "Content-Type: application/json", "X-GitHub-Event: issues"),
        *(f"X-GitHub-Delivery: {guid}", f"X-Hub-Signature-256: {sign(body, SECRET)}", *more),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_strangers_are_answered_in_bounded_time_and_deliveries_meanwhile(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app={"BODY_TIMEOUT": 1, "MAX_BODY_BYTES": 30_000_000})
    site.start("web")
    length = f"Content-Length: {len(BODY)}"
    silent = []
    for number in range(20):
        connection = socket.create_connection(("127.0.0.1", site.port), 5)
        connection.settimeout(20)
        connection.sendall(head(PATHS[number % 2], "Content-Length: 20000000") + b"0123456789")
        silent.append(connection)
    for path in PATHS:
        answer, _ = ask(site, head(path, length, "X-GitHub-Event: push", "Connection: close") + BODY)
        assert answer.startswith(b"HTTP/1.1 400 ")
        answer, _ = ask(site, head(path, length, "X_GitHub_Event: push", "Connection: close") + BODY)
        assert answer.startswith(b"HTTP/1.1 400 ")
        for chunks in (b"zz\r\nab\r\n0\r\n\r\n", b"2\r\nabXX0\r\n\r\n"):
            answer, _ = ask(site, head(path, "Transfer-Encoding: chunked") + chunks)
            assert answer.startswith(b"HTTP/1.1 400 "), answer
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
        answer, _ = ask(
            site,
            head(path, "Transfer-Encoding: chunked", "Connection: close", guid=f"chunked-{path}") + chunked,
        )
        assert answer.startswith(b"HTTP/1.1 202 "), answer
        unsigned = head(path, "Content-Length: 20000000").replace(b"sha256=", b"md5=")
        answer, took = ask(site, unsigned)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert took < 10  # the body was not waited for
    request = site.request("async", "issues", payloads.build("issues"))
    assert httpx.post(**request, timeout=10, trust_env=False).status_code == 202
    for connection in silent:
        with connection:
            received = b""
            with contextlib.suppress(ConnectionError):
                while data := connection.recv(65536):
                    received += data
            assert received.startswith(b"HTTP/1.1 408 ")
    # Not a word of HTTP/2.
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    answer, _ = ask(site, preface)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    assert len(site.rows("SELECT delivery FROM django_github_app_eventlog")) == 3
