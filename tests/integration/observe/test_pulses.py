"""Signs of life, kept as rows."""

from __future__ import annotations

import datetime as dt
import socket
from typing import Any

import pytest
from django.db import OperationalError

from django_github_app.models import Pulse
from django_github_app.observe import pulses

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def test_a_sign_is_written_over_the_one_before() -> None:
    pulses.note(pulses.BEAT, NOON)
    pulses.note(pulses.BEAT, NOON + dt.timedelta(seconds=5), waiting=3)
    sign = Pulse.objects.get()
    assert (sign.at, sign.detail) == (NOON + dt.timedelta(seconds=5), {"waiting": 3})


def test_without_a_time_it_is_now_or_so_long_ago() -> None:
    pulses.note("now")
    pulses.note("before", ago=dt.timedelta(hours=1))
    now, before = (Pulse.objects.get(name=name).at for name in ("now", "before"))
    assert abs((now - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    assert dt.timedelta(minutes=59) < now - before < dt.timedelta(minutes=61)


def test_a_long_name_is_cut_to_its_column() -> None:
    pulses.note("x" * 500, NOON)
    assert Pulse.objects.get().name == "x" * 150


def test_a_database_that_is_away_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(pulses, "keep", away)
    pulses.note(pulses.BEAT, NOON)
    assert not Pulse.objects.exists()


def test_workers_that_are_long_gone_are_forgotten_and_nobody_else() -> None:
    old = NOON - dt.timedelta(seconds=2 * pulses.KEPT + 1)
    for name in (pulses.worker_name("sync", "old"), pulses.BEAT):
        pulses.note(name, old)
    pulses.note(pulses.worker_name("sync"), NOON)
    pulses.forget_old(NOON)
    assert set(Pulse.objects.values_list("name", flat=True)) == {
        pulses.BEAT,
        f"worker sync {socket.gethostname()}",
    }
