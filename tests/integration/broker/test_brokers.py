"""Brokers carry our messages, maintenance beside handlers, and let workers stop; or are refused in a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import redis
from celery import Celery
from django.core.exceptions import ImproperlyConfigured

from deploy.local_servers import free_port
from django_github_app.broker import celery_app
from django_github_app.broker.redis import CLUSTER
from tests.support import brokers
from tests.support.brokers import BROKERS, Broker
from tests.support.small_worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(broker: Broker, url: str, notes_url: str, folder: Path, stack: ExitStack) -> Worker:
    started = Worker("prefork", url, notes_url, folder / "worker.log", settings=broker.settings)
    stack.callback(started.end)
    started.app.conf.broker_transport_options = broker.settings.get("CELERY_BROKER_TRANSPORT_OPTIONS", {})
    return started


@pytest.mark.parametrize("broker", [one for one in BROKERS if not one.refused], ids=lambda one: one.name)
def test_a_broker_carries_our_messages_and_lets_a_worker_stop(
    broker: Broker, broker_url: str, stack: ExitStack, tmp_path: Path
) -> None:
    if broker.slow and os.environ.get("BROKERS") != "all":
        pytest.skip(f"{broker.name} takes long to start: make brokers")
    url = stack.enter_context(brokers.SERVERS[broker.server](tmp_path))
    worker = start(broker, url, broker_url, tmp_path, stack)
    for _ in range(2):
        worker.send("small.hold", worker.busy, 3)
    worker.wait(lambda: worker.notes() == ["held", "held"], "both processes to be taken")
    worker.maintain()
    family = psutil.Process(worker.process.pid).children(recursive=True)
    psutil.Process(worker.process.pid).terminate()
    worker.process.wait(30)
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.parametrize("broker", [one for one in BROKERS if one.refused], ids=lambda one: one.name)
def test_a_broker_that_cannot_work_is_refused_by_workers_and_by_doctor(
    broker: Broker, broker_url: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.refused in CLUSTER
    url = stack.enter_context(brokers.SERVERS[broker.server](tmp_path))
    log = tmp_path / "worker.log"
    with pytest.raises(AssertionError, match="ended with 1"):
        start(broker, url, broker_url, tmp_path, stack)
    assert CLUSTER in log.read_text()
    monkeypatch.setattr(
        celery_app, "current_app", lambda: Celery(broker=url, set_as_current=False, fixups=[])
    )
    with pytest.raises(ImproperlyConfigured, match="Redis Cluster"):
        celery_app.reach_broker()


def test_a_server_that_becomes_a_replica_that_only_reads_ends_no_worker(
    broker_url: str, stack: ExitStack, tmp_path: Path
) -> None:
    port = stack.enter_context(brokers.valkey(tmp_path))
    worker = start(BROKERS[0], f"redis://127.0.0.1:{port}/0", broker_url, tmp_path, stack)
    worker.maintain()
    client = stack.enter_context(redis.Redis(port=port))
    client.execute_command("REPLICAOF", "127.0.0.1", free_port())
    worker.wait(lambda: worker.log.read_text().count("takes no writes") > 4, "the worker to notice")
    assert worker.process.poll() is None
    client.execute_command("REPLICAOF", "NO", "ONE")
    worker.maintain()
    worker.send("small.hold", worker.busy, 0)
    worker.wait(lambda: "held" in worker.notes(), "the other processes")


def test_the_table_in_the_documentation_is_that_of_these_brokers() -> None:
    assert brokers.TABLE.differences() == [], "rewrite it: make brokers"
