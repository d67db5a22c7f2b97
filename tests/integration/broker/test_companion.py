"""Maintenance does not wait for handlers, and comes and goes with its worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from tests.support.site import ROOT
from tests.support.small_celery import app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

POOLS = ["prefork", "threads"]


class Worker:
    def __init__(self, pool: str, broker_url: str, log: Path, *options: str) -> None:
        self.log = log
        self.client = redis.Redis.from_url(broker_url, decode_responses=True)
        app.conf.broker_url = broker_url
        arguments = [
            *("-A", "tests.support.small_celery", "worker", "--pool", pool, "--concurrency", "2"),
            *("--queues", "busy,github.maintenance", "--hostname", "own@%h", "--loglevel", "INFO"),
        ]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *arguments, *options],
                cwd=ROOT,
                env={**os.environ, "SMALL_BROKER_URL": broker_url, "REMAP_SIGTERM": "SIGQUIT"}
                | {"DJANGO_SETTINGS_MODULE": "tests.support.small_settings"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait(lambda: " ready." in log.read_text(), "the worker")

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.05)

    def send(self, task: str, queue: str, *args: Any) -> None:
        # In the worker's own process, these tests only know the names.
        with app.connection_for_write() as connection:
            app.send_task(task, args=args, queue=queue, connection=connection, exchange="", routing_key=queue)

    def notes(self) -> list[str]:
        found: Any = self.client.lrange("notes", 0, -1)
        return list(found)

    def maintain(self) -> int:
        """Send one maintenance task and return the process that ran it."""
        before = len([one for one in self.notes() if one.startswith("maintained")])
        self.send("small.maintain", "github.maintenance")
        self.wait(
            lambda: len([n for n in self.notes() if n.startswith("maintained")]) > before, "maintenance"
        )
        return int(self.notes()[-1].split()[1])

    def end(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def start(broker_url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(pool: str, *options: str) -> Worker:
        started.append(Worker(pool, broker_url, tmp_path / f"{len(started)}.log", *options))
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
        worker.send("small.hold", "busy", 60)
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


def test_a_worker_whose_maintenance_is_lost_for_good_ends_with_an_error(start: Callable[..., Worker]) -> None:
    worker = start("threads")
    (keeper,) = psutil.Process(worker.process.pid).children()
    keeper.kill()
    assert worker.process.wait(30) == 1
    assert "keeps maintenance running is gone" in worker.log.read_text()


def test_a_worker_for_maintenance_alone_has_no_companion(start: Callable[..., Worker]) -> None:
    worker = start("threads", "--queues", "github.maintenance")
    assert worker.maintain() == worker.process.pid
    assert psutil.Process(worker.process.pid).children() == []
