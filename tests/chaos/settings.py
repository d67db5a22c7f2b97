"""Settings of the deployed site, with an archive on a small disk."""

from __future__ import annotations

import os

from deploy.settings import *  # noqa: F403
from deploy.settings import GITHUB_APP, STORAGES

if os.environ.get("CHAOS_DISK"):
    STORAGES["archives"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.environ["CHAOS_DISK"]},
    }
    GITHUB_APP["ARCHIVE_STORAGE"] = "archives"
