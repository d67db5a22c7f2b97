"""One call of GitHub's API from end to end: budget, credentials, conditional request, repetition, redirects.

Runs on the process's event loop (`loops.get_loop`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urljoin

import gidgethub
from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.errors import (
    ForeignHost,
    GitHubUnreachable,
    InstallationNotFound,
    InstallationSuspended,
    InvalidRequest,
    RateLimited,
)

from . import cache as shared
from . import clocks, etags, jwts, tokens
from .failures import named, note_refusal, shown_url
from .messages import Request, Response
from .outages import Outages, Shared
from .rate_limits import Budget, limited
from .tokens import Scope, Token, TokenStore
from .transport import MAX_REDIRECTS, REDIRECTS, may_repeat, pause, send
from .urls import creates_content, is_trusted, origin, resource_of

store = TokenStore()
outages = Outages()

SECONDS_FOR_PROBES = 2.0
"""How long a request waits for the first answers to an installation that nobody has asked for lately."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose name a call is made in. ``account`` names whose rate limit it counts against."""

    kind: Literal["installation", "given", "none"]
    account: str
    installation_id: int | None = None
    scope: Scope = Scope()  # noqa: RUF009 - frozen

    @classmethod
    def of(cls, headers: Mapping[str, str], installation_id: int | None, scope: Scope) -> Credentials:
        """What the caller put into the headers comes before the installation."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if secret:
            is_jwt = scheme.lower() == "bearer" and secret.count(".") == 2
            return cls("given", "app" if is_jwt else f"token-{shared.digest(secret)}")
        if installation_id is not None:
            return cls("installation", f"installation-{installation_id}", installation_id, scope)
        return cls("none", "anonymous")

    @property
    def reader(self) -> str:
        """Whose view of GitHub a kept answer is."""
        return f"{self.account}-{self.scope.name}" if self.scope else self.account


async def exchange(request: Request, credentials: Credentials, base_url: str) -> Response:
    """Make a call and return its answer: a success, a redirect to elsewhere, or an error to raise."""
    for _ in range(MAX_REDIRECTS + 1):
        if not is_trusted(request.url, base_url, app_settings.API_HOSTS):
            if credentials.kind != "none":
                raise ForeignHost(f"Credentials of the app are not sent to {shown_url(request.url)}")
            return await send(request)
        response = await _cached(request, credentials, base_url)
        onward = _redirected(request, response)
        if onward is None:
            return response
        request = onward
    raise gidgethub.RedirectionException(HTTPStatus(response.status), "GitHub redirects in a circle")


def _redirected(request: Request, response: Response) -> Request | None:
    location = response.headers.get("location")
    if response.status not in REDIRECTS or not location:
        return None
    # 301 to 303 would turn a write into a read.
    if request.method not in ("GET", "HEAD") and response.status not in (307, 308):
        return None
    target = urljoin(request.url, location)
    if origin(target) != origin(request.url):
        return None  # the caller sees the redirect, and may follow it without our credentials
    return replace(request, url=target)


async def _cached(request: Request, credentials: Credentials, base_url: str) -> Response:
    """Answer a read out of the cache if GitHub says that it is still true."""
    if request.method != "GET":
        return await _repeated(request, credentials, base_url)
    cache = shared.backend()
    name = etags.key(base_url, credentials.reader, request.url, request.headers.get("accept", ""))
    kept = await shared.in_thread(etags.load, cache, name)
    if kept is not None:
        response = await _repeated(
            request.with_headers(if_none_match=kept.headers["etag"]), credentials, base_url
        )
        if response.status == 304:
            return Response(200, {**response.headers, **kept.headers}, kept.body)
    else:
        response = await _repeated(request, credentials, base_url)
    if response.status == 200 and etags.is_worth_keeping(response.headers, response.body):
        await shared.in_thread(etags.keep, cache, name, response.headers, response.body)
    return response


async def _repeated(request: Request, credentials: Credentials, base_url: str) -> Response:
    """Repeat what failed in a way that may pass, a few times and at once; not while GitHub is known to be away."""
    everybody = Shared(shared.backend(), base_url, credentials.account)
    try:
        return await _tried(request, credentials, base_url, everybody)
    finally:
        if (
            everybody.probing
        ):  # it was held up, or cancelled, before GitHub could answer: somebody else finds out
            with suppress(Exception):
                await asyncio.shield(shared.in_thread(everybody.give_up))


async def _tried(request: Request, credentials: Credentials, base_url: str, everybody: Shared) -> Response:
    with outages.call(f"{base_url} {credentials.account}") as call:
        attempt = 0
        while True:
            outcome: Response | GitHubUnreachable
            try:
                outcome = await _authorized(request, credentials, base_url, everybody)
            except GitHubUnreachable as error:
                outcome = error
            if attempt < app_settings.API_RETRIES and may_repeat(request, outcome):
                await asyncio.sleep(pause(attempt))
                attempt += 1
                continue
            failed = not isinstance(outcome, Response) or outcome.status >= 500
            call.ended(failed=failed)
            if failed or everybody.known:
                with suppress(Exception):  # the cache is away: this process knows for itself
                    await shared.in_thread(partial(everybody.note, failed=failed))
            if isinstance(outcome, Response):
                return outcome
            raise outcome


async def _authorized(request: Request, credentials: Credentials, base_url: str, outage: Shared) -> Response:
    """Add the installation's token; replace a token, or a JWT, that GitHub does not take any more, once."""
    if credentials.kind != "installation" or credentials.installation_id is None:
        believed = clocks.skew(base_url)
        response = await _budgeted(request, credentials, base_url, outage)
        if response.status == 401 and abs(clocks.skew(base_url) - believed) > clocks.FAITHFUL:
            # The app's JWT by a clock that was off, and this refusal has said what the time is: nobody's failure.
            anew = jwts.signed_anew(request.headers.get("authorization", ""))
            if anew:
                request = request.with_headers(authorization=anew)
                return await _budgeted(request, credentials, base_url, outage)
        return response
    name = tokens.key(base_url, credentials.installation_id, credentials.scope)

    async def new_token() -> Token:
        return await request_token(credentials.installation_id or 0, credentials.scope, base_url)

    token = await store.get(name, new_token)
    response = await _budgeted(_bearing(request, token), credentials, base_url, outage)
    if response.status == 401:
        token = await store.get(name, new_token, refused=token)
        response = await _budgeted(_bearing(request, token), credentials, base_url, outage)
    if response.status == 403 and b"installation has been suspended" in response.body[:500]:
        raise InstallationSuspended(installation_id=credentials.installation_id)
    return response


def _bearing(request: Request, token: str) -> Request:
    return request.with_headers(authorization=f"token {token}")


async def _budgeted(request: Request, credentials: Credentials, base_url: str, outage: Shared) -> Response:
    """Send a request when the account's rate limits have room for it."""
    budget = Budget(shared.backend(), base_url, credentials.account, resource_of(request.url), outage)
    counter = await _reserve(budget, request)
    began = time.monotonic()
    try:
        response = await send(request)
    except (GitHubUnreachable, InvalidRequest, asyncio.CancelledError):
        # If GitHub has counted it nevertheless, its next answer says so.
        await shared.in_thread(budget.refund, counter)
        raise
    clocks.note(base_url, response.headers, time.monotonic() - began)
    # An outage's answers carry no limit: they are not under way any more, and what they cost the next one tells.
    if response.status == 304 or (response.status >= 400 and "x-ratelimit-limit" not in response.headers):
        await shared.in_thread(budget.refund, counter)
    ahead = clocks.skew(base_url)
    refusal: RateLimited | None = await shared.in_thread(
        budget.learn, response.status, response.headers, response.body, time.time() + ahead
    )
    if refusal is not None:
        raise _on_our_clock(refusal, ahead)
    return response


def _on_our_clock(refusal: RateLimited, ahead: float) -> RateLimited:
    """Return a refusal until a time by GitHub's clock as one by our host's, which says when the callback is due."""
    if ahead:
        refusal.at -= dt.timedelta(seconds=ahead)
    return refusal


async def _reserve(budget: Budget, request: Request) -> str:
    deadline = time.monotonic() + SECONDS_FOR_PROBES
    while True:
        ahead = clocks.skew(budget.base_url)
        try:
            counter = await shared.in_thread(
                budget.reserve,
                time.time() + ahead,
                cost=1 if request.method in ("GET", "HEAD") else 5,
                creates_content=creates_content(request.method, request.url),
            )
        except RateLimited as refusal:
            raise _on_our_clock(refusal, ahead) from None
        if counter is not None:
            return counter
        if time.monotonic() > deadline:
            raise limited(time.time() + 1, f"The limit of {budget.account} is not known yet")
        await asyncio.sleep(0.05)


async def installation_token(installation_id: int, scope: Scope, base_url: str) -> str:
    """Return a token for an installation, out of the cache or new."""

    async def new_token() -> Token:
        return await request_token(installation_id, scope, base_url)

    return await store.get(tokens.key(base_url, installation_id, scope), new_token)


async def request_token(installation_id: int, scope: Scope, base_url: str) -> Token:
    """Get a new installation token from GitHub.

    Raises InstallationSuspended, InstallationNotFound, or gidgethub's errors.
    """
    body = json.dumps(scope.body).encode() if scope else b""
    headers = {
        **sansio.create_headers(app_settings.SLUG or "django-github-app-celery", jwt=jwts.app_jwt()),
        "x-github-api-version": app_settings.api_version,
        "content-length": str(len(body)),
    }
    if body:
        headers["content-type"] = "application/json; charset=utf-8"
    url = f"{base_url.rstrip('/')}/app/installations/{installation_id}/access_tokens"
    request = Request("POST", url, headers, body, harmless=True)
    app = Credentials("given", "app")
    now = time.time()
    with named(request.method, url):
        response = await _repeated(request, app, base_url)
        note_refusal(response.status, response.body)
        if response.status == 404:
            raise InstallationNotFound(installation_id=installation_id)
        if response.status == 403 and b"suspended" in response.body[:500]:
            raise InstallationSuspended(installation_id=installation_id)
        data: Any = sansio.decipher_response(response.status, response.headers, response.body)[0]
        return Token.from_response(data, _server_time(response, now), now)


def _server_time(response: Response, default: float) -> float:
    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return default
