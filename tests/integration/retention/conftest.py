from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


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
