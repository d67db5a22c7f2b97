"""The check for django-health-check."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from django_github_app.broker import celery_app
from django_github_app.observe import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    health._process.take()
    monkeypatch.setattr(celery_app, "reach_broker", lambda: "broker")


def _raise() -> Any:
    raise OperationalError("password=secret is wrong")


def test_the_check_of_django_health_check_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from health_check.exceptions import ServiceUnavailable, ServiceWarning

    from django_github_app.observe.health_check import GitHubAppReady

    GitHubAppReady().run()
    monkeypatch.setitem(
        health._LOOKS, "broker", lambda: iter([health.Finding("broker", "away", serious=False)])
    )
    with pytest.raises(ServiceWarning, match="broker: away"):
        GitHubAppReady().run()
    monkeypatch.setitem(health._LOOKS, "database", _raise)
    with pytest.raises(ServiceUnavailable, match="database"):
        GitHubAppReady().run()
