"""Clients against the fake GitHub, with the run's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, http, requests, transport
from django_github_app.testing import FakeGitHub


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> Iterator[None]:
    yield
    requests.store.forget()
    transport.close_all()
    cache.clear()


@pytest.fixture(params=http.LIBRARIES)
def http_client(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    """Each client library in turn; `HTTP_CLIENT=httpx2 pytest tests/integration/github` runs all tests with one."""
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HTTP_CLIENT": request.param}
    yield request.param
    transport.close_all()


class Octo:
    """The app installed on octo, with octo/widgets; and clients for it."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.installation = github.add_installation("octo", repositories=["octo/widgets"])
        self.repo = github.repo("octo/widgets")
        self.issue = self.repo.issue(1)

    def client(self, **kwargs: Any) -> AsyncGitHubAPI:
        return AsyncGitHubAPI(installation_id=self.installation.id, **kwargs)

    def sync_client(self, **kwargs: Any) -> SyncGitHubAPI:
        return SyncGitHubAPI(installation_id=self.installation.id, **kwargs)

    @property
    def token_requests(self) -> int:
        return len(self.github.requests_to("/app/installations/*/access_tokens"))


@pytest.fixture
def octo(fake_github: FakeGitHub) -> Octo:
    return Octo(fake_github)
