"""Beat and companions are prepared before they begin to work."""

from __future__ import annotations

from typing import Any

import pytest
from celery import signals

from django_github_app.broker import companion, own_processes


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done in the order in which it was."""
    monkeypatch.setattr(own_processes, "_preparations", [])
    done: list[str] = []

    def prepare() -> None:
        done.append("prepared")

    own_processes.when_they_start(prepare)
    own_processes.when_they_start(prepare)
    return done


def test_beat_is_prepared_once(done: list[str]) -> None:
    signals.beat_init.send(sender=None)
    assert done == ["prepared"]


def test_a_companion_is_prepared_before_it_takes_tasks(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Worker:
        exitcode = 0

        def __init__(self, **options: Any) -> None:
            pass

        def start(self) -> None:
            done.append("started")

    monkeypatch.setattr("celery.apps.worker.Worker", Worker)
    monkeypatch.setattr(companion, "_keeper", None)
    monkeypatch.setattr(companion, "_parent", 0)
    monkeypatch.setattr(signals.task_prerun, "connect", lambda *_, **__: None)
    monkeypatch.setattr(signals.task_postrun, "connect", lambda *_, **__: None)
    from types import SimpleNamespace

    worker = SimpleNamespace(app=None, hostname="w@h", loglevel="INFO", logfile=None)
    assert companion._run_companion(worker) == 0
    assert done == ["prepared", "started"]
