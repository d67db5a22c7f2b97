"""The process's connections to GitHub: who gets which, and who has to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from django.core.cache.backends.redis import RedisCache

from django_github_app.errors import ConnectionsBusy, GitHubTimeout, GitHubUnreachable
from django_github_app.github import cache as shared
from django_github_app.github import connections as room
from django_github_app.github.connections import Connections
from django_github_app.github.http import proxy_for
from django_github_app.github.messages import Request, Response

Handle = Callable[[Request], Awaitable[Response]]


class Network:
    """Makes transports that answer as told, and knows which of them are open, and how busy they are."""

    def __init__(self) -> None:
        self.opened: list[FakeTransport] = []
        self.answer: Handle = self.at_once
        self.under_way = self.most_under_way = 0

    async def at_once(self, request: Request) -> Response:
        return Response(200, {}, request.url.encode())

    def open_line(self, url: str) -> FakeTransport:
        transport = FakeTransport(self, urlsplit(url).hostname or "")
        self.opened.append(transport)
        return transport

    @property
    def open(self) -> list[str]:
        return [transport.host for transport in self.opened if not transport.closed]


class FakeTransport:
    def __init__(self, network: Network, host: str) -> None:
        self.network, self.host = network, host
        self.closed = self.busy = False

    async def exchange(self, request: Request, seconds: float) -> Response:
        assert not self.closed
        assert not self.busy, "two requests on one line"
        assert urlsplit(request.url).hostname == self.host
        network = self.network
        self.busy = True
        network.under_way += 1
        network.most_under_way = max(network.most_under_way, network.under_way)
        try:
            return await network.answer(request)
        finally:
            network.under_way -= 1
            self.busy = False

    async def aclose(self) -> None:
        assert not self.busy
        self.closed = True


@pytest.fixture
def network() -> Network:
    return Network()


def get(url: str = "https://one.test/") -> Request:
    return Request("GET", url, {})


async def ask(
    lines: Connections, url: str = "https://one.test/", *, patience: float = 5, limit: float = 5
) -> str:
    return (await lines.send(get(url), patience=patience, limit=limit)).body.decode()


async def test_one_request_after_the_other_uses_one_line(network: Network) -> None:
    lines = Connections(5, network.open_line)
    assert [await ask(lines, f"https://one.test/{n}") for n in range(4)] == [
        f"https://one.test/{n}" for n in range(4)
    ]
    assert network.open == ["one.test"]


async def test_no_more_requests_are_under_way_than_there_are_lines(network: Network) -> None:
    async def slowly(request: Request) -> Response:
        await asyncio.sleep(0.001)
        return Response(200, {}, request.url.encode())

    network.answer = slowly
    lines = Connections(5, network.open_line)
    urls = [f"https://{host}.test/{n}" for n in range(20) for host in ("one", "two", "three")]
    assert await asyncio.gather(*(ask(lines, url) for url in urls)) == urls
    assert network.most_under_way == 5
    assert len(network.open) <= 5


async def test_who_finds_no_line_in_time_is_told_and_has_sent_nothing(network: Network) -> None:
    release = asyncio.Event()

    async def until_released(request: Request) -> Response:
        await release.wait()
        return Response(200, {}, b"released")

    network.answer = until_released
    lines = Connections(1, network.open_line)
    first = asyncio.create_task(ask(lines))
    await asyncio.sleep(0)
    with pytest.raises(ConnectionsBusy, match=r"1 other requests to GitHub took 0\.01 seconds"):
        await ask(lines, patience=0.01)
    assert len(network.opened) == 1
    release.set()
    assert await first == "released"
    assert await ask(lines) == "released"


async def test_a_host_that_needs_a_line_gets_that_of_another_that_rests(network: Network) -> None:
    lines = Connections(2, network.open_line)
    for host in ("one", "two", "three", "two"):
        await ask(lines, f"https://{host}.test/")
    assert sorted(network.open) == ["three.test", "two.test"]
    assert len(network.opened) == 3


async def test_a_port_and_a_scheme_of_their_own_are_another_origin(network: Network) -> None:
    lines = Connections(5, network.open_line)
    for url in ("https://one.test/", "http://one.test/", "https://one.test:8443/"):
        await ask(lines, url)
    assert len(network.open) == 3


async def test_a_line_that_nobody_used_for_long_is_closed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Connections(5, network.open_line)
    await asyncio.gather(*(ask(lines, f"https://{host}.test/") for host in ("one", "two")))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + room.IDLE_SECONDS + 1)
    await ask(lines, "https://three.test/")
    assert network.open == ["three.test"]


@pytest.mark.parametrize("broken", [GitHubUnreachable("cut"), ValueError("odd")])
async def test_a_request_that_fails_gives_its_line_back(network: Network, broken: Exception) -> None:
    async def fail(request: Request) -> Response:
        raise broken

    lines = Connections(1, network.open_line)
    network.answer = fail
    for _ in range(3):
        with pytest.raises(type(broken)):
            await ask(lines)
    network.answer = network.at_once
    assert await ask(lines, patience=0.5) == "https://one.test/"


async def test_a_cancelled_request_gives_its_line_back(network: Network) -> None:
    async def never(request: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    lines = Connections(1, network.open_line)
    network.answer = never
    under_way, waiting = asyncio.create_task(ask(lines)), asyncio.create_task(ask(lines))
    await asyncio.sleep(0)
    for task in (waiting, under_way):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    network.answer = network.at_once
    assert await ask(lines, patience=0.5) == "https://one.test/"


async def test_an_answer_that_takes_too_long_comes_to_an_end(network: Network) -> None:
    async def never(request: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    network.answer = never
    lines = Connections(1, network.open_line)
    with pytest.raises(GitHubTimeout, match=r"did not answer within 0\.05 seconds"):
        await ask(lines, limit=0.05)
    network.answer = network.at_once
    assert await ask(lines, patience=0.5) == "https://one.test/"


async def test_what_is_closed_in_use_is_closed_when_its_request_is_done(network: Network) -> None:
    release = asyncio.Event()

    async def until_released(request: Request) -> Response:
        await release.wait()
        return Response(200, {}, b"released")

    lines = Connections(2, network.open_line)
    await ask(lines)
    network.answer = until_released
    under_way = asyncio.create_task(ask(lines, "https://two.test/"))
    await asyncio.sleep(0)
    await lines.aclose()
    assert network.open == ["two.test"]
    release.set()
    assert await under_way == "released"
    assert network.open == []


PROXIES = {"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "localhost,.internal.test,10.0.0.1"}


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://api.github.com/", None),
        (PROXIES, "https://api.github.com/", "http://proxy.test:3128"),
        (PROXIES, "http://api.github.com/", None),
        (PROXIES, "https://localhost:8443/", None),
        (PROXIES, "https://github.internal.test/", None),
        (PROXIES, "https://10.0.0.1/", None),
        ({**PROXIES, "NO_PROXY": "*"}, "https://api.github.com/", None),
        ({"ALL_PROXY": "proxy.test:3128"}, "https://api.github.com/", "http://proxy.test:3128"),
    ],
)
def test_the_proxy_is_the_one_that_the_environment_names(
    environment: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


class TestRedisClient:
    def test_djangos_redis_cache_keeps_one_client(self) -> None:
        cache = shared._with_one_client(RedisCache("redis://localhost:1", {}))
        client = cache._cache.get_client  # type: ignore[attr-defined]  # Django's own, which no stub knows
        assert client("a") is client("b", write=True)

    def test_a_cache_that_chooses_among_servers_goes_on_choosing(self) -> None:
        made = RedisCache(["redis://localhost:1", "redis://localhost:2"], {})
        client = shared._with_one_client(made)._cache.get_client  # type: ignore[attr-defined]  # as above
        assert client("a", write=True) is not client("a", write=True)
