"""What the pytest plugin does in a project's own test run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import services
from tests.support.site import ROOT

A_PROJECTS_TEST = """
import threading

import pytest

from tests.support.entrances import PlainAsgi, SyncView
from tests.support.requests import request


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("entrance", [PlainAsgi, SyncView])
def test_a_webhook(entrance):
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("github-")]
    assert entrance().send(request()).status == 202
    assert "github-inbox" in [thread.name for thread in threading.enumerate()]


def test_settings_are_changed_beside_a_fake_github(settings, fake_github):
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "changed"}


def test_settings_are_as_they_were(settings):
    assert settings.GITHUB_APP["NAME"] == "test-app"
    assert "127.0.0.1" not in settings.GITHUB_APP.get("API_URL", "")
"""


@pytest.mark.slow
def test_threads_that_a_webhook_started_do_not_keep_the_test_database(
    tmp_path: Path, fresh_database: str
) -> None:
    (tmp_path / "test_project.py").write_text(A_PROJECTS_TEST)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-c",
            "pyproject.toml",
            str(tmp_path),
        ],
        cwd=ROOT,
        env={**os.environ, services.DATABASE_URL: fresh_database},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    assert "warning" not in done.stdout.lower()
