"""The servers that tests use: those that the environment names, or private ones, started for this run."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.local_servers import LocalServers

DATABASE_URL = "DATABASE_URL"
BROKER_URL = "CELERY_BROKER_URL"
CACHE_URL = "CACHE_URL"
# Celery prefers CELERY_BROKER_URL to what an app was given, so it must not stay in the tests' environment.
RUN_BROKER_URL = "TESTS_BROKER_URL"
PRIVATE_VALKEY = (
    "TESTS_PRIVATE_VALKEY"  # set in the environment of all processes of a run that started its own
)


def provide() -> LocalServers | None:
    """Put DATABASE_URL, CELERY_BROKER_URL and CACHE_URL into the environment, and start what is missing.

    tests.settings calls this in the first process that configures Django: the one that the developer started.
    Workers of pytest-xdist inherit the environment and so share the servers.
    """
    broker = os.environ.pop(BROKER_URL, "") or os.environ.get(RUN_BROKER_URL, "")
    need_postgres = not os.environ.get(DATABASE_URL)
    need_valkey = not broker
    servers = None
    if need_postgres or need_valkey:
        servers = LocalServers(postgres=need_postgres, valkey=need_valkey)
        if need_postgres:
            os.environ[DATABASE_URL] = servers.database_url
        if need_valkey:
            broker = f"{servers.valkey_url}/0"
            os.environ[PRIVATE_VALKEY] = "1"
    os.environ[RUN_BROKER_URL] = broker
    if not os.environ.get(CACHE_URL):
        os.environ[CACHE_URL] = broker if broker.startswith("redis") else "locmem://"
    return servers


def numbered(url: str, number: int) -> str:
    """Return database ``number`` of our own Valkey; somebody else's server is used as it was named."""
    return with_path(url, str(number)) if os.environ.get(PRIVATE_VALKEY) else url


def with_path(url: str, path: str) -> str:
    """Return ``url`` with another database name or number."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{path}{query}"


def database_name(url: str) -> str:
    """Return the database that ``url`` names."""
    return urlsplit(url).path.removeprefix("/")


@dataclass(frozen=True, slots=True)
class MachineService:
    """A server that a developer's machine may run beside ours."""

    name: str
    url: str

    @property
    def reachable(self) -> bool:
        parts = urlsplit(self.url)
        try:
            with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
                return True
        except OSError:
            return False

    @property
    def missing(self) -> str:
        """Say what a skipped test lacks."""
        parts = urlsplit(self.url)
        return f"no {self.name} on {parts.hostname}:{parts.port}: start one there to run this test"


MACHINE_POSTGRES = MachineService("PostgreSQL", "postgres://postgres@127.0.0.1:5432/postgres")
MACHINE_REDIS = MachineService("Redis", "redis://127.0.0.1:6379/15")
MACHINE_RABBITMQ = MachineService("RabbitMQ", "amqp://guest:guest@127.0.0.1:5672//")
