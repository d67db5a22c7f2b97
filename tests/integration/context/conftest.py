"""A desk for each test: a fake GitHub with a repository, handlers of the test's own, processing in this thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from django_github_app.execution import batches
from django_github_app.ingest import inbox
from django_github_app.routing import GitHubRouter
from django_github_app.testing.fake_github import FakeGitHub
from tests.support.desk import Desk


@pytest.fixture
def worker_type() -> str:
    """Where the worker types could differ, a test is parametrized with both."""
    return "async"


@pytest.fixture
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


@pytest.fixture
def desk(
    transactional_db: None, fake_github: FakeGitHub, worker_type: str, gh: GitHubRouter
) -> Iterator[Desk]:
    cache.clear()
    yield Desk(fake_github, worker_type)
    # Their threads have database connections of their own.
    inbox.close()
    batches.close()
    cache.clear()
