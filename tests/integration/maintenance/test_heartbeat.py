"""When the sweep last ran."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.github import cache as shared
from django_github_app.maintenance import heartbeat
from django_github_app.models import Pulse
from django_github_app.observe import pulses

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty() -> None:
    cache.clear()


def test_it_is_noted_in_the_cache_and_as_a_row() -> None:
    assert heartbeat.latest() is None
    heartbeat.note()
    noted = heartbeat.latest()
    assert noted is not None
    assert abs((dt.datetime.now(dt.UTC) - noted).total_seconds()) < 60
    assert Pulse.objects.get().name == pulses.SWEEP


def test_a_cache_that_is_down_costs_the_sweep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise ConnectionError

    monkeypatch.setattr(shared, "backend", away)
    heartbeat.note()
    assert Pulse.objects.filter(name=pulses.SWEEP).exists()
    with pytest.raises(ConnectionError):
        heartbeat.latest()
