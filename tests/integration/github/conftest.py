"""Clients against the fake GitHub, with the run's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.github import http, requests, transport
from tests.support.octo import Octo

__all__ = ["Octo"]


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
