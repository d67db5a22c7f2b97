"""Fixtures of the tests about the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_github_app.retention import requesting


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Jobs that were handed to a worker: none runs by itself."""
    ids: list[int] = []
    monkeypatch.setattr(requesting, "publish", ids.append)
    return ids


@pytest.fixture
def admin(admin_user: User) -> Client:
    """The client of a superuser."""
    client = Client()
    client.force_login(admin_user)
    return client
