"""Fixtures that several rooms use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
def configure(settings: Any) -> Callable[..., None]:
    """Change keys of ``settings.GITHUB_APP``."""

    def change(**values: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}

    return change
