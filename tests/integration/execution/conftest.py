"""Fixtures of the tests about execution: handlers of their own, outside a transaction, as in a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections

from django_github_app.execution import batches
from django_github_app.process.loop import run_on_loop
from django_github_app.routing import GitHubRouter


@pytest.fixture
def gh(transactional_db: None) -> Iterator[GitHubRouter]:
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite belongs to one thread: unset DATABASE_URL")
    with GitHubRouter.isolated():
        yield GitHubRouter()
    # These threads have database connections of their own.
    batches.close()
    run_on_loop(sync_to_async(connections.close_all)(), 10)


@pytest.fixture(params=["sync", "async"])
def worker_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)
