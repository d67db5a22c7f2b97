"""The cache that all workers share."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from django_github_app.github import cache


def test_a_process_has_one_backend_for_each_configuration(settings: Any) -> None:
    first = cache.backend()
    assert cache.backend() is first
    settings.CACHES = {
        **settings.CACHES,
        "other": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "CACHE": "other"}
    assert isinstance(cache.backend(), LocMemCache)
    assert cache.backend() is not caches["other"]


async def test_it_is_used_in_threads_of_its_own() -> None:
    name = await cache.in_thread(lambda: threading.current_thread().name)
    assert name.startswith("github-cache")
    with pytest.raises(ZeroDivisionError):
        await cache.in_thread(divmod, 1, 0)


def test_keys_of_apps_and_servers_never_meet(settings: Any) -> None:
    mine = cache.key("https://api.github.com", "token", 7)
    assert mine.endswith(":token:7")
    other_server = cache.key("https://ghes.example/api/v3", "token", 7)
    settings.GITHUB_APP = {**settings.GITHUB_APP, "CLIENT_ID": "Iv1.other"}
    assert len({mine, other_server, cache.key("https://api.github.com", "token", 7)}) == 3


def test_a_digest_is_short_and_tells_its_parts_apart() -> None:
    assert cache.digest("a", "b") == cache.digest("a", "b") != cache.digest("ab")
    assert len(cache.digest("secret" * 1000)) == 24


def test_a_counter_is_made_when_it_is_missing_and_added_to() -> None:
    backend = LocMemCache("counters", {})
    backend.clear()
    assert [cache.add_to(backend, "n", 2, 60), cache.add_to(backend, "n", 3, 60)] == [2, 5]


def test_a_cache_that_keeps_nothing_counts_what_is_added() -> None:
    class Forgetful(LocMemCache):
        def add(self, *args: Any, **kwargs: Any) -> bool:
            return False

    backend = Forgetful("nothing", {})
    backend.clear()
    assert cache.add_to(backend, "n", 2, 60) == 2
