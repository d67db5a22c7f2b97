"""The database's clock in Django's own queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from django_github_app.models import Lock
from django_github_app.models.clock import DatabaseNow

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def test_a_row_is_dated_by_the_database_and_compared_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    Lock.objects.create(name="a", holder="h", expires_at=DatabaseNow())
    at = Lock.objects.get().expires_at
    assert abs((at - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    assert Lock.objects.filter(expires_at__lte=DatabaseNow()).exists()
    Lock.objects.update(expires_at=at + dt.timedelta(minutes=5))
    assert not Lock.objects.filter(expires_at__lte=DatabaseNow()).exists()
