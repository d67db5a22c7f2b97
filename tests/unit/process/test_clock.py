"""Moments, whatever USE_TZ says."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from django_github_app.process.clock import as_aware, as_field, as_utc, utc_now

BERLIN = ZoneInfo("Europe/Berlin")
AWARE = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
NAIVE = AWARE.astimezone(BERLIN).replace(tzinfo=None)


@pytest.fixture
def berlin(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"


def test_now_is_in_utc_without_use_tz_too(settings: Any) -> None:
    settings.USE_TZ = False
    assert utc_now().tzinfo is dt.UTC
    assert abs((utc_now() - dt.datetime.now(dt.UTC)).total_seconds()) < 5


def test_a_naive_moment_is_in_the_projects_zone(berlin: None) -> None:
    assert as_aware(NAIVE) == AWARE
    assert as_aware(AWARE) is AWARE


@pytest.mark.parametrize(
    "moment", [AWARE, AWARE.astimezone(BERLIN), NAIVE, "2026-07-01 14:00:00", "2026-07-01T12:00:00+00:00"]
)
def test_a_moment_that_names_no_zone_is_in_the_given_one(moment: dt.datetime | str) -> None:
    found = as_utc(moment, BERLIN)
    assert found == AWARE
    assert found.utcoffset() == dt.timedelta()


@pytest.mark.parametrize("moment", [NAIVE, AWARE])
def test_a_field_takes_what_use_tz_says(berlin: None, settings: Any, moment: dt.datetime) -> None:
    assert as_field(moment) == AWARE
    settings.USE_TZ = False
    assert as_field(moment) == NAIVE
