"""Fixtures that several rooms use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.broker import publisher
from django_github_app.execution import batches
from django_github_app.github import requests, transport
from django_github_app.ingest import inbox
from django_github_app.retention import policy
from django_github_app.routing import GitHubRouter
from django_github_app.testing import FakeGitHub
from tests.support.desk import Desk
from tests.support.octo import Octo


@pytest.fixture(autouse=True)
def _room_in_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests left in the broker's queues is no reason to publish nothing."""
    monkeypatch.setattr(publisher, "ENOUGH_QUEUED", 10**9)


@pytest.fixture(autouse=True)
def _small_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's few events are looked at one by one, however many ids the tests before it took."""
    monkeypatch.setattr(policy, "SMALL_TABLE", 2**63)


@pytest.fixture
def octo(fake_github: FakeGitHub) -> Iterator[Octo]:
    """The app installed on octo, with octo/widgets; nothing of it is left over."""
    yield Octo(fake_github)
    requests.store.forget()
    transport.close_all()
    cache.clear()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The folder of the archive store."""
    options = {"location": str(tmp_path / "store")}
    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options},
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "archives"}
    return tmp_path / "store"


@pytest.fixture
def configure(settings: Any) -> Iterator[Callable[..., None]]:
    """Change values of ``GITHUB_APP`` until the test ends."""

    def change(**values: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}

    yield change
    cache.clear()


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
