"""The HTTP client library: httpx, or httpx2, its successor. No other module knows either.

What goes in and comes out is ours (`messages`, `errors`): both work, and code that calls GitHub need not know which.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from django_github_app.conf import app_settings
from django_github_app.errors import ConnectionsBusy, GitHubTimeout, GitHubUnreachable, InvalidRequest

from .messages import Request, Response

__all__ = ["IDLE_SECONDS", "LIBRARIES", "Connection", "library", "post", "proxy_for"]

LIBRARIES = ("httpx", "httpx2")
IDLE_SECONDS = 30.0
"""After so long a connection that nobody used is closed."""
CONNECT_SECONDS = 10.0


def library() -> ModuleType:
    """Return the library that ``GITHUB_APP["HTTP_CLIENT"]`` names; by default the first that is installed.

    Raises ImportError when it is not there.
    """
    return _library(app_settings.HTTP_CLIENT)


@cache
def _library(wanted: str) -> ModuleType:
    names = (wanted,) if wanted else LIBRARIES
    for name in names:
        if name in LIBRARIES and find_spec(name) is not None:
            return import_module(name)
    raise ImportError(f"{' or '.join(names)} is not installed: pip install {names[0]}")


@cache
def _ssl_context(client: ModuleType) -> object:
    return client.create_ssl_context()  # takes 40 ms: once per process


class Connection:
    """One connection to one origin, opened with the first request that it carries. Belongs to one event loop."""

    __slots__ = ("_client", "_transport")

    def __init__(self, url: str) -> None:
        self._client: Any = library()
        self._transport: Any = self._client.AsyncHTTPTransport(
            verify=_ssl_context(self._client),
            limits=self._client.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS
            ),
            proxy=proxy_for(url),
        )

    async def exchange(self, request: Request, seconds: float) -> Response:
        """Send a request and read its answer; connecting, and each wait for bytes, may take ``seconds``.

        Raises GitHubUnreachable or one of its kinds, and InvalidRequest.
        """
        client = self._client
        try:
            sent = client.Request(
                request.method,
                request.url,
                headers={"accept-encoding": "gzip, deflate", **request.headers},
                content=request.body,
                extensions={
                    "timeout": {
                        "connect": min(CONNECT_SECONDS, seconds),
                        "read": seconds,
                        "write": seconds,
                        "pool": seconds,
                    }
                },
            )
            response = await self._transport.handle_async_request(sent)
            try:
                body = await response.aread()
            except BaseException:
                await response.aclose()
                raise
        except (client.RequestError, client.InvalidURL) as error:
            raise _ours(client, error) from error
        return Response(response.status_code, _headers(response.headers.raw), body)

    async def aclose(self) -> None:
        """Close it."""
        await self._transport.aclose()


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _ours(client: Any, error: Exception) -> GitHubUnreachable | InvalidRequest:
    if isinstance(error, client.InvalidURL | client.UnsupportedProtocol | client.LocalProtocolError):
        return InvalidRequest(str(error))
    text = str(error) or type(error).__name__
    sent = not isinstance(error, client.ConnectError | client.ConnectTimeout | client.PoolTimeout)
    if isinstance(error, client.PoolTimeout):
        return ConnectionsBusy(text)
    if isinstance(error, client.TimeoutException):
        return GitHubTimeout(text, sent=sent)
    return GitHubUnreachable(text, sent=sent)


def post(url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> Response:
    """Post to a server that is not GitHub, and wait: for tools that play GitHub.

    Raises TimeoutError when it does not answer within ``timeout`` seconds, ConnectionError when it cannot be asked.
    """
    client: Any = library()
    try:
        made = client.post(
            url, content=content, headers=headers, timeout=timeout, verify=_ssl_context(client)
        )
    except client.TimeoutException as error:
        raise TimeoutError(str(error) or type(error).__name__) from error
    except (client.HTTPError, client.InvalidURL) as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    return Response(made.status_code, _headers(made.headers.raw), made.content)


def proxy_for(url: str) -> str | None:
    """Return the proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name for an address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if not found:
        return None
    return found if "://" in found else f"http://{found}"
