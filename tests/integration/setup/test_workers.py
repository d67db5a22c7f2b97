"""What doctor says about queues that nobody consumes, and about a beat that is late."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery, schedules
from django.test import override_settings
from django.utils import timezone

from django_github_app import routing, tasks
from django_github_app.broker.schedules import SWEEP
from django_github_app.celery import configure
from django_github_app.maintenance import heartbeat
from django_github_app.models import EventLog, EventStatus
from django_github_app.setup import doctor, workers

pytestmark = pytest.mark.django_db

EVERYTHING = {"github.sync", "github.async", "github.maintenance", "celery"}


def consumers(*missing: str) -> dict[str, str]:
    found = workers._look_at_consumers(EVERYTHING - set(missing), "celery")
    return {one.subject: one.level for one in found}


def test_a_queue_that_nobody_consumes_is_named() -> None:
    assert consumers() == {"workers": "ok"}
    assert consumers("github.maintenance") == {"maintenance": "error"}
    assert consumers("github.async") == {"workers": "warning"}
    assert consumers("celery") == {"own tasks": "warning"}


def test_a_queue_that_nobody_consumes_and_where_events_wait_is_an_error() -> None:
    EventLog.objects.create(event="push", worker_type="async", status=EventStatus.PENDING)
    assert consumers("github.sync") == {"workers": "warning"}
    assert consumers("github.async") == {"workers": "error"}


@pytest.fixture
def without_database_beat(monkeypatch: pytest.MonkeyPatch) -> Any:
    app = Celery("project", set_as_current=False, fixups=[])
    monkeypatch.setattr("celery._state.get_current_app", lambda: app)
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "django_github_app"]
    with override_settings(INSTALLED_APPS=apps):
        yield app


def beat() -> tuple[str, str]:
    (found,) = workers.look_at_beat()
    return found.level, found.message


def ran(seconds_ago: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "latest", lambda: timezone.now() - dt.timedelta(seconds=seconds_ago))


def test_beat_is_judged_without_django_celery_beat(
    without_database_beat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beat() == ("error", "beat_schedule does not have the sweep")
    configure(without_database_beat)
    monkeypatch.setattr(heartbeat, "latest", lambda: None)
    assert beat() == ("error", "the sweep has never run")
    ran(3, monkeypatch)
    assert beat()[0] == "ok"
    ran(120, monkeypatch)
    assert beat()[0] == "error"


def test_a_sweep_that_runs_once_an_hour_is_not_late_after_ten_minutes(
    without_database_beat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_database_beat.conf.beat_schedule = {"s": {"task": SWEEP, "schedule": schedules.crontab(minute=0)}}
    hour = timezone.now().replace(minute=0, second=1, microsecond=0)
    monkeypatch.setattr(heartbeat, "latest", lambda: hour)
    assert beat()[0] == "ok"
    monkeypatch.setattr(heartbeat, "latest", lambda: hour - dt.timedelta(hours=3))
    assert beat()[0] == "error"


def test_a_sweep_that_is_started_and_that_no_worker_runs_is_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    monkeypatch.setattr(heartbeat, "latest", lambda: now - dt.timedelta(minutes=9))
    stored = SimpleNamespace(schedule=schedules.schedule(dt.timedelta(seconds=5)), last_run_at=now)
    monkeypatch.setattr(workers, "_stored_schedule", lambda: stored)
    (found,) = workers.look_at_beat()
    assert (found.level, found.hint) == ("error", "Does a worker consume github.maintenance?")


def test_the_sweep_notes_that_it_ran() -> None:
    before = timezone.now() - dt.timedelta(seconds=1)
    tasks.sweep()
    latest = heartbeat.latest()
    assert latest is not None
    assert latest > before


def test_a_cache_that_is_down_stops_no_sweep(settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    heartbeat.note()
    with pytest.raises(Exception, match="refused"):
        heartbeat.latest()


def view_at(path: str) -> dict[str, str]:
    return {one.subject: one.message for one in doctor._look_at_view(f"https://example.com{path}", path)}


def test_a_hook_without_its_last_slash_is_named() -> None:
    assert view_at("/github/sync")["webhook"] == "https://example.com/github/sync lacks its last slash"
    assert view_at("/nowhere")["webhook"] == "no webhook view at /nowhere"


def test_a_hook_at_the_view_of_the_other_worker_type_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_sync(worker_type: str | None = None) -> list[Any]:
        built_in = SimpleNamespace(callback=doctor.examine)
        return [built_in, SimpleNamespace(callback=only_sync)] if worker_type == "sync" else [built_in]

    monkeypatch.setattr(routing, "registrations", only_sync)
    assert view_at("/github/async/")["webhook handlers"] == (
        "deliveries go to the async worker, and all handlers are for sync"
    )
    assert "webhook handlers" not in view_at("/github/sync/")
