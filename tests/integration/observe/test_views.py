"""Pages for machines: who may read them, and what they answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client

from django_github_app.broker import celery_app
from django_github_app.observe import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    health._process.take()
    monkeypatch.setattr(celery_app, "reach_broker", lambda: "broker")


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": True, "METRICS_TOKEN": "let me in"}


def test_the_view_is_for_whoever_has_the_token_and_for_staff(client: Client, settings: Any) -> None:
    assert client.get("/github/metrics").status_code == 401
    assert client.get("/github/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/github/metrics", headers={"Authorization": "Bearer let me in"})
    assert (answer.status_code, b"github_app_up_database 1.0" in answer.content) == (200, True)
    user = get_user_model().objects.create_user("olga")
    client.force_login(user)
    assert client.get("/github/metrics").status_code == 401
    user.is_staff = True
    user.save()
    assert client.get("/github/metrics").status_code == 200
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": False}
    assert client.get("/github/metrics").status_code == 404
    assert client.post("/github/metrics").status_code == 405


def test_a_process_that_answers_lives_whatever_else_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health._LOOKS, "database", _raise)
    assert client.get("/github/livez").status_code == 200


def _raise() -> Any:
    raise OperationalError("password=secret is wrong")
