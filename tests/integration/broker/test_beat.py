"""Beat while its database is away: it waits, and goes on with what is due when it is back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery.schedules import schedule
from django.db import OperationalError
from django_celery_beat.schedulers import DatabaseScheduler as BeatScheduler

from django_github_app.broker import beat, schedules
from django_github_app.broker.beat import PAUSE, DatabaseScheduler
from django_github_app.celery import app


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the database is away: the list's only item. There is one schedule in it."""
    state = [True]

    def enabled_models(self: Any) -> Any:
        if state[0]:
            raise OperationalError("connection refused")
        return [SimpleNamespace(name="due")]

    entry = SimpleNamespace(schedule=schedule(3600), is_due=lambda: (False, 60.0))
    if hasattr(BeatScheduler, "enabled_models"):
        monkeypatch.setattr(BeatScheduler, "enabled_models", enabled_models)
    else:  # django-celery-beat 2.8
        found = lambda self: {model.name: entry for model in enabled_models(self)}  # noqa: E731
        monkeypatch.setattr(BeatScheduler, "all_as_schedule", found)
    monkeypatch.setattr(BeatScheduler, "Entry", staticmethod(lambda model, app: entry))
    for name, answer in (("schedule_changed", False), ("update_from_dict", None), ("sync", None)):
        monkeypatch.setattr(BeatScheduler, name, lambda self, *args, answer=answer: answer)
    monkeypatch.setattr(BeatScheduler, "populate_heap", lambda self, *args: setattr(self, "_heap", []))
    none = SimpleNamespace(close_all=lambda: None, all=lambda initialized_only: [])
    monkeypatch.setattr(beat, "connections", none)
    return state


def test_it_starts_without_its_database_and_goes_on_when_it_is_there(away: list[bool]) -> None:
    scheduler = DatabaseScheduler(app=app)
    assert [scheduler.tick() for _ in range(3)] == [PAUSE] * 3
    away[0] = False
    scheduler.tick()
    assert list(scheduler.schedule) == ["due"]


def test_a_session_that_refuses_to_write_is_given_up(
    away: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers, so that django-celery-beat and Django keep it: of a server that a failover left read-only."""
    closed: list[str] = []

    def connection(name: str, *, failed: bool) -> Any:
        raw = SimpleNamespace(close=lambda: closed.append(f"raw {name}"))
        return SimpleNamespace(errors_occurred=failed, connection=raw, close=lambda: closed.append(name))

    both = [connection("good", failed=False), connection("bad", failed=True)]
    fake = SimpleNamespace(close_all=lambda: None, all=lambda initialized_only: both)
    monkeypatch.setattr(beat, "connections", fake)
    away[0] = False
    scheduler = DatabaseScheduler(app=app)
    closed.clear()
    scheduler.sync()
    assert closed == ["raw bad", "bad"]


def test_without_it_beat_ends(away: list[bool]) -> None:
    with pytest.raises(OperationalError):
        BeatScheduler(app=app)


def test_it_is_the_scheduler_of_whoever_has_django_celery_beat() -> None:
    name = schedules.beat_settings()["beat_scheduler"]
    assert name == f"{DatabaseScheduler.__module__}:{DatabaseScheduler.__name__}"
