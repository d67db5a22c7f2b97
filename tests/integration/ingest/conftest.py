"""Fixtures of the tests about what comes in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_github_app.ingest import inbox
from django_github_app.ingest.in_flight import bytes_in_flight


@pytest.fixture
def nothing_stays_in_flight() -> Iterator[None]:
    """When all requests are answered, the process holds as many bytes of bodies as before."""
    before = bytes_in_flight()
    yield
    inbox.close()
    assert bytes_in_flight() == before
