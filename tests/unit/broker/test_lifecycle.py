"""Who is called when a worker's processes and beat begin and end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from billiard.process import current_process
from celery import Celery, signals

from django_github_app.broker import companion, lifecycle
from django_github_app.broker.schedules import SWEEP

SIGNALS = (
    signals.worker_process_init,
    signals.worker_ready,
    signals.worker_process_shutdown,
    signals.worker_shutdown,
    signals.before_task_publish,
    signals.beat_init,
)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody else is called, and whoever is connected here is not afterwards."""
    before = [list(signal.receivers or ()) for signal in SIGNALS]
    monkeypatch.setattr(lifecycle, "_is_program", False)
    monkeypatch.setattr(lifecycle, "_on_start", [])
    for signal in SIGNALS:
        signal.receivers = []
    yield
    for signal, receivers in zip(SIGNALS, before, strict=True):
        signal.receivers = receivers


class Consumer:
    """What Celery sends when a worker is ready, with a pool of a module of Celery's."""

    def __init__(self, module: str) -> None:
        self.pool = type("TaskPool", (), {"__module__": module})()


def test_a_worker_of_threads_is_ready_and_a_prefork_one_in_its_children() -> None:
    called: list[str] = []

    def begin() -> None:
        called.append("begun")

    lifecycle.on_worker(begin)
    signals.worker_ready.send(sender=Consumer("celery.concurrency.thread"))
    assert called == []  # a worker that a test runs in a thread is no program
    lifecycle.starting()
    signals.worker_ready.send(sender=Consumer("celery.concurrency.prefork"))
    assert called == []
    signals.worker_ready.send(sender=Consumer("celery.concurrency.thread"))
    signals.worker_process_init.send(sender=None)
    assert called == ["begun", "begun"]


def test_what_is_to_be_done_before_the_fork_is_done_in_its_order() -> None:
    called: list[int] = []
    for number in (1, 2):
        lifecycle.on_start(lambda number=number: called.append(number))
    lifecycle.starting()
    assert called == [1, 2]


def test_the_end_of_a_child_and_of_a_worker_are_told() -> None:
    called: list[str] = []

    def end() -> None:
        called.append("ended")

    lifecycle.on_end(end)
    signals.worker_process_shutdown.send(sender=None)
    signals.worker_shutdown.send(sender=None)
    assert called == ["ended", "ended"]


def test_of_what_beat_sends_only_the_sweep_is_told_and_only_in_beat() -> None:
    called: list[str] = []
    lifecycle.on_beat(lambda: called.append("beat"), lambda: called.append("sweep"))
    signals.before_task_publish.send(sender=SWEEP)
    assert called == []
    signals.beat_init.send(sender=None)
    signals.before_task_publish.send(sender="shop.tasks.pay")
    signals.before_task_publish.send(sender=SWEEP)
    assert called == ["beat", "sweep"]


@pytest.mark.parametrize(
    ("beside", "process", "expected"),
    [(False, "MainProcess", False), (False, "ForkPoolWorker-1", True), (True, "MainProcess", True)],
)
def test_a_process_has_siblings_in_a_pool_and_beside_a_companion(
    monkeypatch: pytest.MonkeyPatch, beside: bool, process: str, expected: bool
) -> None:
    monkeypatch.setattr(companion, "is_beside", lambda: beside)
    monkeypatch.setattr(current_process(), "_name", process)
    assert lifecycle.has_siblings() is expected


@pytest.mark.parametrize(
    ("queues", "types"),
    [
        ("github.sync,celery", ["sync"]),
        ("github.async,github.maintenance", ["async", "maintenance"]),
        ("celery", []),
    ],
)
def test_a_workers_queues_say_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, queues: str, types: list[str]
) -> None:
    app = Celery("project", set_as_current=False)
    app.amqp.queues.select(queues.split(","))
    monkeypatch.setattr(lifecycle, "get_current_app", lambda: app)
    assert lifecycle.worker_types() == types
