"""The cache that all workers share, reached from the event loop without blocking it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache

from django_github_app.conf import app_settings

P = ParamSpec("P")
R = TypeVar("R")

_threads: ThreadPoolExecutor | None = None
_backends: dict[str, BaseCache] = {}


def backend() -> BaseCache:
    """Return the process's one instance of the cache.

    ``django.core.cache.caches`` makes one per thread and per asyncio task; with Redis that would be a
    connection per task.
    """
    alias = app_settings.CACHE
    key = f"{alias} {settings.CACHES[alias]!r}"
    if key not in _backends:
        _backends[key] = _with_one_client(caches.create_connection(alias))
    return _backends[key]


def _with_one_client(made: BaseCache) -> BaseCache:
    """Let Django's own Redis cache keep its client, which is safe to share between threads.

    It makes a new one for each operation, and that takes longer than the operation. Sub-classes, several servers, and
    a Django that keeps it elsewhere (a private part of it) keep Django's way.
    """
    if type(made) is RedisCache and len(getattr(made, "_servers", ())) == 1:
        client: Any = getattr(made, "_cache", None)
        if hasattr(client, "get_client"):
            one = client.get_client(write=True)
            client.get_client = lambda key=None, *, write=False: one
    return made


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the cache in a thread of its own pool."""
    global _threads
    if _threads is None:
        _threads = ThreadPoolExecutor(8, thread_name_prefix="github-cache")
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: function(*args, **kwargs))


def key(base_url: str, *parts: Any) -> str:
    """Return a cache key; keys of different apps or GitHub servers never meet."""
    app = f"{base_url}\n{app_settings.CLIENT_ID or app_settings.APP_ID}"
    name = hashlib.sha256(app.encode()).hexdigest()[:12]
    return f"github:{name}:" + ":".join(str(part) for part in parts)


def digest(*parts: Any) -> str:
    """Return a short name for something too long, or too secret, to stand in a cache key."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()[:24]


def add_to(cache: BaseCache, name: str, amount: int, timeout: float) -> int:
    """Add to a counter that many processes use, made when missing; return its new value."""
    for _ in range(3):
        try:
            return cache.incr(name, amount)
        except ValueError:
            # Missing, or it expired between two commands: whoever makes it first, all add to the same one.
            cache.add(name, 0, timeout)
    return amount


def _forget_after_fork() -> None:
    global _threads
    _threads = None
    _backends.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
