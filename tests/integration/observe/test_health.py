from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import OperationalError
from django.test import Client

from django_github_app import probes
from django_github_app.broker import celery_app
from django_github_app.cli.ready import ready
from django_github_app.observe import health, pulses
from django_github_app.process.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    health._process.take()
    monkeypatch.setattr(celery_app, "reach_broker", lambda: "broker")


def test_a_process_that_answers_lives_whatever_else_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health._LOOKS, "database", _raise)
    assert client.get("/github/livez").status_code == 200


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


def test_a_worker_is_ready_while_its_host_gives_signs_of_life() -> None:
    run = CliRunner().invoke
    assert run(ready, []).exit_code == 0
    never = run(ready, ["sync"])
    assert never.exit_code == 1
    assert "never" in never.output
    pulses.note(pulses.worker_name("sync"))
    assert run(ready, ["sync"]).exit_code == 0
    assert run(ready, ["async"]).exit_code == 1
    assert run(ready, ["sync", "--host", "elsewhere"]).exit_code == 1
    pulses.note(pulses.worker_name("sync"), utc_now() - dt.timedelta(seconds=90))
    assert "90 s old" in run(ready, ["sync"]).output
    assert run(ready, ["sync", "--within", "120"]).exit_code == 0


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
