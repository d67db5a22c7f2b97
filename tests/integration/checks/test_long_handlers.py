"""Handlers with a time limit of their own: what must be changed for them is told, with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from django_github_app import checks
from django_github_app.broker import celery_app
from django_github_app.routing import sources
from django_github_app.routing.sources import Named


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> Callable[..., list[Any]]:
    def say(
        *, sync: float = 0, asynchronous: float = 0, limit: float = 840, soft: float = 20, **app: Any
    ) -> list[Any]:
        given = {"sync": sync, "async": asynchronous}
        monkeypatch.setattr(
            sources,
            "read_handlers",
            lambda kind: [
                Named("push", None, name, "bot.py", 7, seconds)
                for name, seconds in (("short", 0.0), ("review", given[kind]))
            ],
        )
        conf = SimpleNamespace(
            task_time_limit=limit, task_soft_time_limit=None, worker_soft_shutdown_timeout=soft
        )
        monkeypatch.setattr(celery_app, "settings", lambda: conf)
        configure(**app)
        return [(str(one.id).rpartition(".")[2], one.msg, one.hint) for one in checks.check_long_handlers()]

    return say


def test_an_hour_asks_for_no_change_of_celerys_settings(say: Callable[..., list[Any]]) -> None:
    assert say(sync=3600, asynchronous=7200) == []
    assert say(LEASE_GUARD=False) == []


def test_without_the_guard_the_limit_of_tasks_must_be_above_the_longest(
    say: Callable[..., list[Any]],
) -> None:
    assert say(asynchronous=7200, LEASE_GUARD=False) == []  # threads have no limits of Celery's
    assert say(sync=600, LEASE_GUARD=False) == []
    ((number, message, hint),) = say(sync=3600, LEASE_GUARD=False)
    assert number == "W044"
    assert "review (bot.py:7) may run for 3600 s" in message
    assert "after 840 s" in message
    assert "CELERY_TASK_TIME_LIMIT to 3720" in hint


@pytest.mark.parametrize("kind", ["sync", "asynchronous"])
def test_the_grace_must_end_before_celery_cuts_the_worker_off(
    say: Callable[..., list[Any]], kind: str
) -> None:
    ((number, message, hint),) = say(**{kind: 3600}, soft=10)
    assert number == "W045"
    assert "15 s" in message
    assert "10 s" in message
    assert "SHUTDOWN_GRACE to 5" in hint
    assert say(**{kind: 3600}, soft=0) == []


def test_the_longest_is_read_from_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import ast

    source = """
@gh.event("push", timeout=60 * 60 + 5)
def hour(event): ...
@gh.command("build", timeout=30.5)
async def build(event): ...
@gh.event("push", timeout=LIMIT)
def unknown(event): ...
@gh.event("push", timeout=True)
def odd(event): ...
"""
    found = sources.named_in(ast.parse(source), "bot.py")
    assert {one.handler: one.timeout for one in found} == {
        "hour": 3605,
        "build": 30.5,
        "unknown": 0,
        "odd": 0,
    }
    monkeypatch.setattr(sources, "read_handlers", lambda kind: found if kind == "sync" else [])
    longest = sources.longest_timeout_in("sync")
    assert longest is not None
    assert longest.handler == "hour"
    assert sources.longest_timeout_in("async") is None
