"""Fixtures of the tests about commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
    yield Desk(fake_github, worker_type)
    # Their threads have database connections of their own.
    inbox.close()
    batches.close()


@pytest.fixture
def with_settings(settings: Any) -> Iterator[Callable[..., None]]:
    """Change values of ``GITHUB_APP`` until the test ends."""

    def change(**values: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}

    yield change
    cache.clear()
