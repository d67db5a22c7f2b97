"""A site that the watch looks at: any of its parts can die, on a clock of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError

from django_github_app.broker import celery_app
from django_github_app.models import EventLog, EventStatus, Incident
from django_github_app.observe import gauges, pulses, telling, watch
from django_github_app.process.clock import as_field
from django_github_app.testing.deliver import store

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


class Site:
    """A site of which each part can die, on a clock of its own."""

    def __init__(self) -> None:
        self.now = START
        self.dead: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.event = store("issues").pk
        EventLog.objects.update(status=EventStatus.DONE)
        self.last_delivery = self.now

    def pass_time(self, seconds: float, step: float = 15.0) -> None:
        until = self.now + dt.timedelta(seconds=seconds)
        while self.now < until:
            self.now += dt.timedelta(seconds=step)
            for part, name in {
                "workers": pulses.worker_name("sync", "host"),
                "beat": pulses.BEAT,
            }.items():
                if part not in self.dead:
                    pulses.note(name, self.now)
            if not self.dead & {"workers", "beat", "broker"}:
                pulses.note(pulses.SWEEP, self.now)
            if "hook" not in self.dead and (self.now - self.last_delivery).total_seconds() >= 300:
                EventLog.objects.update(received_at=as_field(self.now))
                self.last_delivery = self.now
            watch.look(self.now)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Have the watch look at a site on a clock of its own, and note what it tells."""
    site = Site()

    def raised(incident: Incident, **kwargs: Any) -> None:
        site.told.append(("raised", incident.key))

    def cleared(incident: Incident, **kwargs: Any) -> None:
        site.told.append(("cleared", incident.key))

    def reach() -> str:
        if "broker" in site.dead:
            raise ConnectionError("no broker")
        return "broker"

    look = gauges.look

    def look_or_not(now: dt.datetime) -> Any:
        if "database" in site.dead:
            raise OperationalError("gone")
        return look(now)

    monkeypatch.setattr(celery_app, "reach_broker", reach)
    monkeypatch.setattr(gauges, "look", look_or_not)
    telling.alarm_raised.connect(raised)
    telling.alarm_cleared.connect(cleared)
    watch._process.take()
    yield site
    telling.alarm_raised.disconnect(raised)
    telling.alarm_cleared.disconnect(cleared)
