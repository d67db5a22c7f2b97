"""``manage.py github ready``: whether a worker of this host gives signs of life."""

from __future__ import annotations

import datetime as dt

import pytest
from click.testing import CliRunner

from django_github_app.broker import celery_app
from django_github_app.cli.ready import ready
from django_github_app.observe import health, pulses
from django_github_app.process.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    health._process.take()
    monkeypatch.setattr(celery_app, "reach_broker", lambda: "broker")


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
