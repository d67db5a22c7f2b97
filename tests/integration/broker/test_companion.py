"""Maintenance does not wait for handlers, and comes and goes with its worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.small_worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

POOLS = ["prefork", "threads"]


@pytest.fixture
def start(broker_url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(pool: str, *options: str, **more: Any) -> Worker:
        started.append(
            Worker(pool, broker_url, broker_url, tmp_path / f"{len(started)}.log", *options, **more)
        )
        return started[-1]

    yield start
    for worker in started:
        worker.end()


@pytest.mark.parametrize("pool", POOLS)
def test_maintenance_runs_while_every_process_or_thread_is_held_by_a_handler(
    start: Callable[..., Worker], pool: str
) -> None:
    worker = start(pool)
    for _ in range(4):
        worker.send("small.hold", worker.busy, 60)
    worker.wait(lambda: worker.notes() == ["held", "held"], "both places to be taken")
    ran_in = worker.maintain()
    assert ran_in not in (os.getpid(), worker.process.pid)
    assert worker.notes()[:2] == ["held", "held"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_companion_that_is_killed_is_started_again_and_all_end_with_the_worker(
    start: Callable[..., Worker], pool: str
) -> None:
    worker = start(pool)
    first = worker.maintain()
    os.kill(first, signal.SIGKILL)
    second = worker.maintain()
    assert second != first
    family = psutil.Process(worker.process.pid).children(recursive=True)
    assert second in [one.pid for one in family]
    # Everybody gets the signal, as on Heroku; more than once.
    for process in [*family, psutil.Process(worker.process.pid)]:
        process.terminate()
    worker.process.wait(30)
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []


def test_a_worker_that_is_killed_leaves_no_companion(start: Callable[..., Worker]) -> None:
    worker = start("threads")
    worker.maintain()
    family = psutil.Process(worker.process.pid).children(recursive=True)
    assert len(family) == 2
    worker.process.kill()
    worker.process.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


@pytest.mark.parametrize("how", ["celery", "github worker"])
def test_a_worker_whose_maintenance_is_lost_for_good_ends_with_an_error(
    start: Callable[..., Worker], how: str
) -> None:
    command = ("django", "github", "worker", "async") if how == "github worker" else ()
    worker = start("threads", command=command)
    keeper, *_ = sorted(psutil.Process(worker.process.pid).children(), key=lambda one: one.pid)
    keeper.kill()
    assert worker.process.wait(30) == 1
    assert "keeps maintenance running is gone" in worker.log.read_text()


def test_a_worker_whose_guard_is_lost_ends_with_an_error(start: Callable[..., Worker]) -> None:
    worker = start("threads", command=("django", "github", "worker", "async"))
    *_, guard = sorted(psutil.Process(worker.process.pid).children(), key=lambda one: one.pid)
    guard.kill()
    assert worker.process.wait(30) == 1
    assert "keeps leases is gone" in worker.log.read_text()


def test_a_guard_outlives_what_everybody_is_sent_and_ends_with_its_worker(
    start: Callable[..., Worker],
) -> None:
    worker = start("threads", command=("django", "github", "worker", "async"))
    *_, guard = sorted(psutil.Process(worker.process.pid).children(), key=lambda one: one.pid)
    guard.terminate()
    with pytest.raises(psutil.TimeoutExpired):
        guard.wait(1)
    worker.process.terminate()
    worker.process.wait(30)
    _, alive = psutil.wait_procs([guard], timeout=15)
    assert alive == []


def test_a_worker_for_maintenance_alone_has_no_companion(start: Callable[..., Worker]) -> None:
    queue = "test-alone.maintenance"
    command = ("celery", "-A", "tests.support.small_celery", "worker", "--pool", "threads", "--queues", queue)
    worker = start("threads", "--loglevel", "INFO", command=command, settings={"PREFIX": "test-alone"})
    worker.maintenance = queue
    assert worker.maintain() == worker.process.pid
    assert psutil.Process(worker.process.pid).children() == []


def test_a_project_may_leave_maintenance_to_its_handlers_processes(start: Callable[..., Worker]) -> None:
    worker = start("threads", settings={"MAINTENANCE_PROCESS": False})
    assert worker.maintain() == worker.process.pid
