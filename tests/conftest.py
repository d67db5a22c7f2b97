"""Fixtures that hand out servers. tests.support.services says where the servers come from."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

# pytest-celery has a fixture of the same name that starts a worker in Docker.
from celery.contrib.pytest import celery_worker  # noqa: F401
from django.db import connection
from psycopg import sql

from deploy.local_servers import LocalServers
from tests.model import trace
from tests.support import flush, services
from tests.support.site import ROOT, Site, base_environment

_numbers = itertools.count()


flush.install()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let no slow test be among the last of a process, where the others have nothing left to do meanwhile.

    The order stays random, and slow ones among the others: what mostly waits leaves a core to them.
    """
    size = -(-len(items) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) or 1
    for start in range(0, len(items), size):  # as xdist hands them out
        block = list(enumerate(items[start : start + size]))
        block.sort(key=lambda one: one[0] * (0.7 if one[1].get_closest_marker("slow") else 1.0))
        items[start : start + size] = [item for _, item in block]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of this run, before pytest returns."""
    from tests import settings

    if settings.servers is not None:
        settings.servers.stop()


def postgres_url() -> str:
    """Return the URL of the run's PostgreSQL, or skip the test when the run uses another database."""
    url = os.environ[services.DATABASE_URL]
    if not url.startswith("postgres"):
        pytest.skip("DATABASE_URL names no PostgreSQL: unset it to use a private one")
    return url


def create_database(template: str = "template1") -> str:
    """Create a database on the run's PostgreSQL and return its URL."""
    url = postgres_url()
    name = f"test_{os.getpid()}_{next(_numbers)}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(services.with_path(url, "postgres"), autocommit=True) as connection:
        connection.execute(statement)
    return services.with_path(url, name)


def drop_database(url: str) -> None:
    """Drop a database that `create_database` made, whoever is still connected."""
    name = services.database_name(url)
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(services.with_path(url, "postgres"), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before the test database is dropped, end the sessions of callbacks that a test let run past its own end."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def _true_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With FAKE_GITHUB_TRUTH (`make truth`) no answer of the fake GitHub may differ from GitHub's description."""
    if not os.environ.get("FAKE_GITHUB_TRUTH"):
        yield
        return
    from tests.support import openapi

    wrong = openapi.watch(monkeypatch)
    yield
    assert wrong == []


@pytest.fixture
def fresh_database() -> Iterator[str]:
    """URL of a new, empty PostgreSQL database that is dropped after the test."""
    url = create_database()
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def _migrated_template() -> Iterator[str]:
    """A migrated database that others are copied from: 20 times faster than migrating each."""
    url = create_database()
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=base_environment(url),
        check=True,
        capture_output=True,
    )
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def _traced_template(_migrated_template: str) -> Iterator[str]:
    """The same, and every change of an event is written down: see `tests.model.trace`."""
    url = create_database(template=services.database_name(_migrated_template))
    trace.follow(url)
    yield url
    drop_database(url)


@pytest.fixture
def traced_database(_traced_template: str) -> Iterator[str]:
    url = create_database(template=services.database_name(_traced_template))
    yield url
    drop_database(url)


@pytest.fixture
def migrated_database(_migrated_template: str) -> Iterator[str]:
    """URL of a new database with the site's tables, dropped after the test."""
    url = create_database(template=services.database_name(_migrated_template))
    yield url
    drop_database(url)


@pytest.fixture
def make_site(
    traced_database: str,
    private_valkey: LocalServers,
    broker_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Site]]:
    """Make a `Site` (with its arguments) on a database and a Valkey of its own; all ends with the test.

    Whatever happened to its events meanwhile must be moves of the model.
    """
    sites: list[Site] = []

    def make(**arguments: Any) -> Site:
        sites.append(Site(traced_database, private_valkey.valkey_url, broker_url, tmp_path, **arguments))
        return sites[-1]

    yield make
    for site in sites:
        site.stop()
        if request.session.testsfailed:
            print(site.logs())
    if sites and trace.can_read(traced_database):
        assert trace.check(traced_database) == []


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The site with its sample handlers, nothing started yet: ``site.start()`` starts everything."""
    return make_site()


@pytest.fixture(scope="session")
def worker_valkey() -> Iterator[LocalServers]:
    """A private Valkey that the tests of one xdist worker share."""
    with LocalServers(postgres=False) as servers:
        yield servers


@pytest.fixture
def broker_url(worker_valkey: LocalServers) -> str:
    """URL of an empty Valkey database that no other test uses at the same time."""
    import redis

    url = f"{worker_valkey.valkey_url}/{next(_numbers) % 128}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def private_valkey() -> Iterator[LocalServers]:
    """A Valkey for one test, which may stop it and start it again: ``kill_valkey()``, ``start_valkey()``."""
    with LocalServers(postgres=False) as servers:
        yield servers


def _required(service: services.MachineService) -> str:
    if not service.reachable:
        pytest.skip(service.missing)
    return service.url


@pytest.fixture
def machine_postgres() -> str:
    """URL of the machine's PostgreSQL; skips the test where there is none."""
    return _required(services.MACHINE_POSTGRES)


@pytest.fixture
def machine_redis() -> str:
    """URL of the machine's Redis; skips the test where there is none."""
    return _required(services.MACHINE_REDIS)


@pytest.fixture
def machine_rabbitmq() -> str:
    """URL of the machine's RabbitMQ; skips the test where there is none."""
    return _required(services.MACHINE_RABBITMQ)
