"""The seam of the client library: the same answers and the same errors with httpx and with httpx2."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.test import override_settings

from django_github_app.errors import (
    GitHubTimeout,
    GitHubUnreachable,
    InvalidRequest,
    PermanentError,
)
from django_github_app.github import http
from django_github_app.github.http import Connection, library
from django_github_app.github.messages import Request, Response

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(params=http.LIBRARIES, autouse=True)
def client(request: pytest.FixtureRequest) -> Any:
    with override_settings(GITHUB_APP={"HTTP_CLIENT": request.param}):
        yield request.param


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(once, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"


def answering(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return serve


async def exchange(url: str, seconds: float = 5.0, **headers: str) -> Response:
    connection = Connection(url)
    try:
        return await connection.exchange(Request("GET", url, headers), seconds)
    finally:
        await connection.aclose()


async def test_an_answer_is_plain_values(client: str) -> None:
    body = gzip.compress(b"hello")
    head = (
        f"HTTP/1.1 203 Odd\r\nContent-Encoding: gzip\r\nX-Two: 1\r\nx-two: 2\r\nContent-Length: {len(body)}"
    )
    async with server(answering(head.encode() + b"\r\nX-Latin: caf\xe9\r\n\r\n" + body)) as url:
        response = await exchange(url)
    assert library().__name__ == client
    assert (response.status, response.body) == (203, b"hello")
    assert type(response.headers) is dict
    assert response.headers["x-two"] == "1, 2"
    assert response.headers["x-latin"] == "café"


async def test_nothing_was_sent_where_nobody_listens(unused_tcp_port: int) -> None:
    with pytest.raises(GitHubUnreachable) as caught:
        await exchange(f"http://127.0.0.1:{unused_tcp_port}/")
    assert not caught.value.sent
    assert type(caught.value.__cause__).__name__ == "ConnectError"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        OK[:-1],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["none", "not HTTP", "cut", "not gzip"],
)
async def test_an_answer_that_is_none_is_an_outage(answer: bytes) -> None:
    async with server(answering(answer)) as url:
        with pytest.raises(GitHubUnreachable) as caught:
            await exchange(url)
    assert caught.value.sent
    assert str(caught.value)


async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    done = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()

    async with server(silent) as url:
        with pytest.raises(GitHubTimeout) as caught:
            await exchange(url, 0.05)
        done.set()
    assert caught.value.sent


async def test_a_body_in_drips_is_closed_when_its_time_is_over() -> None:
    gone = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while await asyncio.wait_for(reader.read(1000), 5):
                pass
        finally:
            gone.set()

    async with server(drip) as url:
        connection = Connection(url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await connection.exchange(Request("GET", url, {}), 5.0)
        await asyncio.wait_for(gone.wait(), 5)
        await connection.aclose()


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://127.0.0.1/", {}),
        ("http://127.0.0.1/\x00", {}),
        ("http://127.0.0.1:9/", {"x-odd": "two\r\nlines"}),
    ],
    ids=["scheme", "address", "header"],
)
async def test_a_request_that_cannot_be_sent_is_not_tried_again(url: str, headers: dict[str, str]) -> None:
    async with server(answering(OK)) as good:
        connection = Connection(good)
        asked = Request("GET", url.replace("http://127.0.0.1:9/", good), headers)
        with pytest.raises(InvalidRequest) as caught:
            await connection.exchange(asked, 5.0)
        await connection.aclose()
    assert isinstance(caught.value, PermanentError)


async def test_tools_that_play_github_get_errors_of_pythons_own(unused_tcp_port: int) -> None:
    done = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()

    def post(url: str, timeout: float = 5.0) -> Response:
        return http.post(url, content=b"{}", headers={}, timeout=timeout)

    with pytest.raises(ConnectionError):
        await asyncio.to_thread(post, f"http://127.0.0.1:{unused_tcp_port}/")
    async with server(silent) as url:
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(post, url, 0.05)
        done.set()
    async with server(answering(OK)) as url:
        assert (await asyncio.to_thread(post, url)).body == b"ok"


class TestLibrary:
    @pytest.fixture(autouse=True)
    def _forget(self) -> Any:
        http._library.cache_clear()
        yield
        http._library.cache_clear()

    def test_httpx_is_the_default(self) -> None:
        with override_settings(GITHUB_APP={}):
            assert library().__name__ == "httpx"

    def test_its_successor_is_taken_where_only_that_is_installed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "find_spec", lambda name: None if name == "httpx" else object())
        with override_settings(GITHUB_APP={}):
            assert library().__name__ == "httpx2"

    def test_one_that_is_missing_is_named(self, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "find_spec", lambda name: None)
        with pytest.raises(ImportError, match=f"^{client} is not installed: pip install {client}$"):
            library()
