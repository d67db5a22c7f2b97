"""Mistakes in the retention settings are found before the first job runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_github_app import checks
from django_github_app.checks import check_retention
from tests.support.system_checks import ids


@pytest.mark.parametrize(
    ("storage", "backend", "expected"),
    [
        ("archives", "django.core.files.storage.FileSystemStorage", ["W017"]),
        ("archives", "django.core.files.storage.InMemoryStorage", []),
        ("django.core.files.storage.FileSystemStorage", "", ["W017"]),
        ("no.such.Storage", "", []),
    ],
)
def test_archives_on_the_disk_of_a_worker(storage: str, backend: str, expected: list[str]) -> None:
    app = {"RETENTION_ACTION": "archive", "ARCHIVE_STORAGE": storage}
    with override_settings(GITHUB_APP=app, STORAGES={"archives": {"BACKEND": backend}}):
        assert ids(checks.check_retention()) == expected
    with override_settings(GITHUB_APP={**app, "RETENTION_ACTION": "delete"}):
        assert "W017" not in ids(checks.check_retention())


OWN = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/x"}}


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({}, []),
        ({"RETENTION_ACTION": "archive", "ARCHIVE_STORAGE": "own"}, ["W017"]),
        ({"RETENTION_ACTION": "archive", "ARCHIVE_STORAGE": "default"}, ["W009", "W017"]),
        ({"RETENTION_ACTION": "burn"}, ["E005"]),
        ({"ARCHIVE_STORAGE": "nowhere"}, ["E005"]),
        ({"ARCHIVE_FILENAME_TEMPLATE": "events.jsonl"}, ["E005"]),
        ({"DAYS_TO_KEEP_EVENTS": -1}, ["E005"]),
        ({"DAYS_TO_KEEP_EVENTS": "7"}, ["E005"]),
        ({"DAYS_TO_KEEP_BY_STATUS": {"pending": 1}}, ["E005"]),
        ({"DAYS_TO_KEEP_BY_STATUS": {"dead": 90}}, []),
        ({"RETENTION_BATCH_SIZE": 0}, ["E005"]),
    ],
)
def test_mistakes_are_found_before_the_first_job_runs(
    settings: Any, configured: dict[str, Any], expected: list[str]
) -> None:
    settings.MEDIA_URL = "/media/"
    settings.STORAGES = {**settings.STORAGES, "own": OWN}
    settings.GITHUB_APP = {**settings.GITHUB_APP, **configured}
    assert ids(check_retention()) == expected
