"""The database's clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from django_github_app.sql.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def test_it_is_aware_whatever_the_project_says_of_zones(settings: Any) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, "Asia/Tokyo"
    connection.__dict__.pop("timezone", None)
    now = database_now()
    connection.__dict__.pop("timezone", None)
    assert now.utcoffset() is not None
    assert abs((now - dt.datetime.now(dt.UTC)).total_seconds()) < 60


def test_it_goes_on() -> None:
    first = database_now()
    assert dt.timedelta() <= database_now() - first < dt.timedelta(seconds=30)
