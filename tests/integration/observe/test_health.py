from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from django_github_app import probes
from django_github_app.broker import celery_app
from django_github_app.observe import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    health._process.take()
    monkeypatch.setattr(celery_app, "reach_broker", lambda: "broker")


def _raise() -> Any:
    raise OperationalError("password=secret is wrong")


def test_a_process_is_ready_while_deliveries_can_be_stored(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.get("/github/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": "ok", "migrations": "ok", "broker": "ok", "inbox": "ok"},
    )
    monkeypatch.setitem(health._LOOKS, "database", _raise)
    answer = client.get("/github/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()
    assert "DATABASES" in answer.json()["database"]


def test_a_broker_that_is_away_keeps_no_delivery_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> str:
        raise ConnectionError("refused")

    monkeypatch.setattr(celery_app, "reach_broker", away)
    answer = client.get("/github/readyz")
    assert answer.status_code == 200
    assert "CELERY_BROKER_URL" in answer.json()["broker"]


def test_a_process_with_a_backlog_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "backlog", lambda: health.MOST_BACKLOG + 1)
    assert client.get("/github/readyz").status_code == 503


def test_tables_that_are_missing_are_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "unapplied", lambda: ["0012_observe"])
    answer = client.get("/github/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["migrations"]
    monkeypatch.undo()
    assert health.unapplied() == []


def test_the_inbox_says_how_many_wait() -> None:
    from django_github_app.ingest import inbox

    assert inbox._waiting() == 0
    assert probes.backlog is not None
    assert probes.backlog() == 0
