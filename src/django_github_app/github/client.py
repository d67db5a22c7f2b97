"""``AsyncGitHubAPI`` and ``SyncGitHubAPI``: gidgethub's client with this app's credentials, limits and care."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from gidgethub import abc, sansio

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.process import loop as loops

from .current import current_delivery, look_before_a_call, run_for_callback
from .failures import named, note_refusal
from .messages import Request
from .requests import Credentials, exchange, installation_token
from .tokens import Scope
from .urls import graphql_url

if TYPE_CHECKING:
    from django_github_app.models import Installation

R = TypeVar("R")

logger = logging.getLogger(__name__)


class AsyncGitHubAPI(abc.GitHubAPI):
    """A client for GitHub's API, as one installation of the app or as nobody.

    Making one does no I/O and costs next to nothing: the token is found when a call first needs it, and all
    clients of a process share one connection pool. ``async with`` works, and lets ``oauth_token`` be read inside:
    the installation's token, for code that hands it to something else.

    ``requester`` is the ``User-Agent`` and defaults to the app's slug. ``repositories`` (names) and
    ``permissions`` (``{"issues": "write"}``) ask for a token of fewer rights. Calls as the app itself take
    ``jwt=app_jwt()``.

    Besides gidgethub's errors (``BadRequest`` for 4xx, ``GitHubBroken`` for 5xx) calls raise
    `errors.RateLimited` before or after GitHub refuses, `errors.InstallationSuspended`,
    `errors.InstallationNotFound`, `errors.ForeignHost`, and `errors.GitHubUnreachable` when GitHub cannot be
    reached or does not answer in time. Each names its request and, as far as GitHub says, the page that
    explains it: ``error.method``, ``error.url`` and ``error.documentation_url``.
    """

    # For a subclass whose own ``__init__`` calls gidgethub's and not this one.
    installation: Installation | None = None
    installation_id: int | None = None
    scope: Scope = Scope()
    _own_token: str | None = None

    def __init__(
        self,
        requester: str | None = None,
        *,
        installation: Installation | None = None,
        installation_id: int | None = None,
        repositories: Sequence[str] | None = None,
        permissions: Mapping[str, str] | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        if installation is not None and installation_id is not None:
            raise ValueError("Must use only one of installation or installation_id")
        super().__init__(
            requester or app_settings.SLUG or "django-github-app-celery",
            base_url=base_url or app_settings.API_URL,
            **kwargs,
        )
        self.installation = installation
        self.installation_id = installation.installation_id if installation is not None else installation_id
        self.scope = Scope.of(repositories, permissions)

    async def __aenter__(self) -> Self:
        if self.installation_id is not None and self.oauth_token is None:
            try:
                # An installation knows its token, where a project has its own way to get one.
                asked = (
                    self.aget_installation_token(self.installation_id)
                    if self.installation is None
                    else self.installation.aget_access_token(self)
                )
                self.oauth_token = self._own_token = await asked
            except Exception as error:  # noqa: BLE001 - who makes a call is told, with the same error
                logger.info("no token yet", extra={"error": type(error).__name__})
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leave the pool open for the other clients."""
        self._forget_token()

    def _forget_token(self) -> None:
        if self._own_token is not None and self.oauth_token == self._own_token:
            self.oauth_token = None
        self._own_token = None

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        look_before_a_call()
        sent = {name.lower(): value for name, value in headers.items()}
        if self._own_token is not None and sent.get("authorization") == f"token {self._own_token}":
            # It was only there to be read: calls find the token that is good now, for longer than this one is.
            del sent["authorization"]
        sent.setdefault("x-github-api-version", app_settings.api_version)
        if delivery := current_delivery.get():
            sent.setdefault("x-github-delivery", delivery)
        request = Request(method, url, sent, body)
        credentials = Credentials.of(sent, self.installation_id, self.scope)
        if (tracer := probes.tracer) is not None:
            with tracer.request(method, url) as span:
                response = await _on_the_loop(exchange(request, credentials, self.base_url))
                span.set(http__response__status_code=response.status)
        else:
            response = await _on_the_loop(exchange(request, credentials, self.base_url))
        note_refusal(response.status, response.body)
        return response.status, response.headers, response.body

    async def _make_request(
        self, method: str, url: str, url_vars: Mapping[str, Any] | None, *args: Any, **kwargs: Any
    ) -> tuple[Any, str | None, int]:
        with named(method, sansio.format_url(url, url_vars, base_url=self.base_url)):
            made: tuple[Any, str | None, int] = await super()._make_request(
                method, url, url_vars, *args, **kwargs
            )
            return made

    async def aget_installation_token(self, installation_id: int) -> str:
        """Return the token of an installation that this client's app has. Raises as calls for it do."""
        return await _on_the_loop(installation_token(installation_id, self.scope, self.base_url))

    async def sleep(self, seconds: float) -> None:
        """Sleep. A callback that has to wait longer than a moment raises `errors.RetryLater` instead."""
        await asyncio.sleep(seconds)

    async def graphql(self, query: str, *, endpoint: str | None = None, **variables: Any) -> Any:
        """Query the GraphQL API; ``endpoint`` defaults to the one beside ``base_url``."""
        endpoint = endpoint or graphql_url(self.base_url)
        with named("POST", endpoint):
            return await super().graphql(query, endpoint=endpoint, **variables)


async def _on_the_loop(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine on the process's loop, where the connection pool is, wherever it is awaited."""
    loop = loops.get_loop()
    if asyncio.get_running_loop() is loop:
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


def _sync(method: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
    @wraps(method)
    def sync_method(self: SyncGitHubAPI, *args: Any, **kwargs: Any) -> Any:
        return run_for_callback(method(self, *args, **kwargs))

    return sync_method


class SyncGitHubAPI(AsyncGitHubAPI):
    """The same client for synchronous code: its calls wait for their answer."""

    getitem = _sync(AsyncGitHubAPI.getitem)
    getstatus = _sync(AsyncGitHubAPI.getstatus)
    post = _sync(AsyncGitHubAPI.post)
    patch = _sync(AsyncGitHubAPI.patch)
    put = _sync(AsyncGitHubAPI.put)
    delete = _sync(AsyncGitHubAPI.delete)
    graphql = _sync(AsyncGitHubAPI.graphql)
    sleep = _sync(AsyncGitHubAPI.sleep)

    @property
    def asynchronous(self) -> AsyncGitHubAPI:
        """The same client with the asynchronous methods."""
        face = AsyncGitHubAPI.__new__(AsyncGitHubAPI)
        face.__dict__ = self.__dict__
        return face

    def __enter__(self) -> Self:
        loops.run_on_loop(self.__aenter__())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leave the pool open for the other clients."""
        self._forget_token()

    def getiter(  # type: ignore[override]  # a generator here, an asynchronous one in the base class
        self,
        url: str,
        url_vars: Mapping[str, Any] | None = None,
        *,
        accept: str = sansio.accept_format(),
        jwt: str | None = None,
        oauth_token: str | None = None,
        extra_headers: dict[str, str] | None = None,
        iterable_key: str | None = abc.ITERABLE_KEY,
    ) -> Generator[Any, None, None]:
        """Iterate over all items of an endpoint; each page is fetched when it is reached."""
        page: str | None = url
        while page:
            data, page, _ = run_for_callback(
                self._make_request(
                    "GET",
                    page,
                    url_vars or {},
                    b"",
                    accept,
                    jwt=jwt,
                    oauth_token=oauth_token,
                    extra_headers=extra_headers,
                )
            )
            items: Any = data
            if isinstance(items, dict) and iterable_key in items:
                items = items[iterable_key]
            yield from items
