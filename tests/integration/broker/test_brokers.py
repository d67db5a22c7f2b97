"""The brokers that docs/celery.md says work: our messages, maintenance beside handlers, a stop in good order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.small_worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

QUORUM = {"CELERY_TASK_DEFAULT_QUEUE_TYPE": "quorum"}
PREFIXED = {"CELERY_BROKER_TRANSPORT_OPTIONS": {"global_keyprefix": "small:"}}
BROKERS: list[tuple[str, dict[str, Any]]] = [
    ("broker_url", {}),
    ("machine_redis", {}),
    ("machine_redis", PREFIXED),
    ("machine_rabbitmq", {}),
    ("machine_rabbitmq", QUORUM),
]
NAMES = ["Valkey", "Redis", "Redis with a prefix", "RabbitMQ classic", "RabbitMQ quorum"]


@pytest.fixture(params=BROKERS, ids=NAMES)
def worker(request: pytest.FixtureRequest, broker_url: str, tmp_path: Path) -> Iterator[Worker]:
    fixture, settings = request.param
    url = request.getfixturevalue(fixture)
    started = Worker("prefork", url, broker_url, tmp_path / "worker.log", settings=settings)
    started.app.conf.broker_transport_options = settings.get("CELERY_BROKER_TRANSPORT_OPTIONS", {})
    yield started
    started.end()


def test_a_broker_carries_our_messages_and_lets_a_worker_stop(worker: Worker) -> None:
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
