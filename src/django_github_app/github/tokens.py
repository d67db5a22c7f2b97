"""Installation tokens: shared by all workers, encrypted, refreshed early and by one worker at a time.

Runs on the process's event loop only. An answer of 401 says that a token is no good; `TokenStore.get` is then
asked for one that is not it.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.errors import (
    GitHubAppError,
    InstallationNotFound,
    InstallationSuspended,
    InstallationUnavailable,
)

from . import cache as shared

EARLY = 300.0
"""Seconds before its end at which a token is replaced, or a fifth of its life if that is less."""
LOCKED = 20.0
"""Seconds after which the lock of a worker that died while refreshing is open again."""
REFUSAL_KEPT = 30.0
"""Seconds for which a suspended or unknown installation is not asked about again."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of an installation's rights a token is to have; all of them when empty."""

    repositories: tuple[str, ...] = ()
    permissions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, repositories: Sequence[str] | None = None, permissions: Mapping[str, str] | None = None
    ) -> Scope:
        """Take names with or without their owner: GitHub wants them without."""
        if not repositories and not permissions:
            return ALL
        names = sorted({name.rpartition("/")[2] for name in repositories or ()})
        return cls(tuple(names), tuple(sorted((permissions or {}).items())))

    @property
    def name(self) -> str:
        """A name for keys of the cache, the same for the same rights."""
        return shared.digest(*self.repositories, "|", *self.permissions) if self else "all"

    @property
    def body(self) -> dict[str, Any]:
        """What GitHub is asked for."""
        data: dict[str, Any] = {}
        if self.repositories:
            data["repositories"] = list(self.repositories)
        if self.permissions:
            data["permissions"] = dict(self.permissions)
        return data

    def __bool__(self) -> bool:
        return bool(self.repositories or self.permissions)


ALL = Scope()


@dataclass(frozen=True, slots=True)
class Token:
    """An installation access token; times in seconds since the epoch, on our clock."""

    value: str
    issued: float
    expires: float

    def __repr__(self) -> str:
        return f"<token that expires at {self.expires:.0f}>"

    @property
    def refresh_at(self) -> float:
        """When a new one should be fetched, while this one still works."""
        return self.expires - min(EARLY, (self.expires - self.issued) / 5)

    def is_usable(self, now: float) -> bool:
        """Return whether GitHub takes it now, and still when a request arrives."""
        # What is sent in the last moment arrives too late.
        return now < self.expires - min(30.0, (self.expires - self.issued) / 20)

    @classmethod
    def from_response(cls, data: Mapping[str, Any], server_now: float, now: float) -> Token:
        """Take the life time of a token from GitHub's clock, and its beginning from ours."""
        expires_at = dt.datetime.fromisoformat(data["expires_at"]).timestamp()
        return cls(data["token"], now, now + (expires_at - server_now))


@lru_cache(maxsize=8)
def _cipher(secret: str) -> Fernet:
    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"django_github_app installation tokens")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))


def seal(name: str, content: Mapping[str, Any]) -> str:
    """Encrypt what is stored under a cache key."""
    plain = json.dumps({"key": name, **content}).encode()
    return _cipher(_secrets()[0]).encrypt(plain).decode()


def unseal(name: str, sealed: Any) -> dict[str, Any] | None:
    """Decrypt it. None when it was encrypted with another key, or for another cache key."""
    if not isinstance(sealed, str):
        return None
    for secret in _secrets():
        try:
            plain = _cipher(secret).decrypt(sealed.encode())
        except InvalidToken:
            continue
        content: dict[str, Any] = json.loads(plain)
        return content if content.pop("key", None) == name else None
    return None


def _secrets() -> list[str]:
    """Return what keys are made from: the private key, else SECRET_KEY and, to read with, those before it."""
    if app_settings.PRIVATE_KEY:
        return [app_settings.PRIVATE_KEY]
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


Request = Callable[[], Awaitable[Token]]


class TokenStore:
    """The tokens that this process knows, in front of those in the shared cache."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}
        self._under_way: dict[str, asyncio.Task[Token]] = {}

    async def get(self, name: str, request: Request, refused: str | None = None) -> str:
        """Return a token that is not ``refused``; ``request`` gets one from GitHub.

        ``name`` is its cache key. Raises InstallationUnavailable, and what ``request`` raises.
        """
        for _ in range(3):
            now = time.time()
            token = self._known.get(name)
            usable = token is not None and token.value != refused and token.is_usable(now)
            if token is not None and usable and (now < token.refresh_at or name in self._under_way):
                return token.value
            task = self._under_way.get(name)
            # A task of another loop is one of before a fork, or of a loop that was stopped: it never ends.
            if task is None or task.get_loop() is not asyncio.get_running_loop():
                task = asyncio.get_running_loop().create_task(self._refresh(name, request, refused))
                self._under_way[name] = task
                task.add_done_callback(partial(self._finished, name))
            # Many callers wait for the one task; if one of them is cancelled, the others are not.
            fresh = await asyncio.shield(task)
            if fresh.value != refused:
                return fresh.value
        raise GitHubAppError("GitHub answers 401 to each new installation token.")

    def _finished(self, name: str, task: asyncio.Task[Token]) -> None:
        if self._under_way.get(name) is task:
            del self._under_way[name]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; if nobody does any more, it is no news

    async def _refresh(self, name: str, request: Request, refused: str | None) -> Token:
        cache, owner, lock = shared.backend(), uuid.uuid4().hex, f"{name}:lock"
        deadline = time.monotonic() + 2 * LOCKED
        while True:
            token = await self._shared(name, refused)
            if token is not None and time.time() < token.refresh_at:
                break
            if await shared.in_thread(cache.add, lock, owner, LOCKED):
                try:
                    token = await self._shared(name, refused)
                    if token is None or time.time() >= token.refresh_at:
                        token = await self._request(name, request)
                    break
                finally:
                    await shared.in_thread(_unlock, lock, owner)
            if token is not None:  # old, but good until the other worker has a new one
                break
            if time.monotonic() > deadline:
                raise GitHubAppError(
                    "No installation token: another worker has been getting one for too long."
                )
            await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311 - spreads the waiting workers
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[name] = token
        return token

    async def _shared(self, name: str, refused: str | None) -> Token | None:
        content = unseal(name, await shared.in_thread(shared.backend().get, name))
        if content is None:
            return None
        if content.get("error"):
            raise _REFUSALS[content["error"]](installation_id=content.get("installation"))
        token = Token(content["token"], content["issued"], content["expires"])
        return token if token.value != refused and token.is_usable(time.time()) else None

    async def _request(self, name: str, request: Request) -> Token:
        cache = shared.backend()
        try:
            token = await request()
        except InstallationUnavailable as error:
            # Its events keep coming for a while: they need not all ask GitHub.
            content: dict[str, Any] = {"error": type(error).__name__, "installation": error.installation_id}
            await shared.in_thread(cache.set, name, seal(name, content), REFUSAL_KEPT)
            raise
        if (sink := probes.sink) is not None:
            sink(("token",))
        content = {"token": token.value, "issued": token.issued, "expires": token.expires}
        life = max(token.expires - time.time(), 1.0)
        await shared.in_thread(cache.set, name, seal(name, content), life)
        return token

    def forget(self) -> None:
        """Forget what this process knows; the shared cache is asked again."""
        self._known.clear()


_REFUSALS: dict[str, type[InstallationUnavailable]] = {
    refusal.__name__: refusal
    for refusal in (InstallationUnavailable, InstallationSuspended, InstallationNotFound)
}


def key(base_url: str, installation_id: int, scope: Scope) -> str:
    """Return the cache key of an installation's token."""
    return shared.key(base_url, "token", installation_id, scope.name)


def forget_refusal(base_url: str, installation_id: int) -> None:
    """Ask GitHub again for an installation that was suspended or unknown until now."""
    cache, name = shared.backend(), key(base_url, installation_id, Scope())
    content = unseal(name, cache.get(name))
    if content is not None and content.get("error"):
        cache.delete(name)


def _unlock(lock: str, owner: str) -> None:
    cache = shared.backend()
    # Not atomic; at worst two workers get a token each.
    if cache.get(lock) == owner:
        cache.delete(lock)
