"""Fixtures that several rooms use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from django_github_app.github import requests, transport
from django_github_app.testing import FakeGitHub
from tests.support.octo import Octo


@pytest.fixture
def octo(fake_github: FakeGitHub) -> Iterator[Octo]:
    """The app installed on octo, with octo/widgets; nothing of it is left over."""
    yield Octo(fake_github)
    requests.store.forget()
    transport.close_all()
    cache.clear()
