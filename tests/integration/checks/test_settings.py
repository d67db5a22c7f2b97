"""Which values of GITHUB_APP cannot be used."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_github_app import checks
from django_github_app.github import http
from tests.support.system_checks import ids


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ({}, []),
        ([], []),
        ("text", ["E003"]),
        ({"BATCH_SIZE": 0}, ["E003"]),
        ({"LEASE_SECONDS": "60"}, ["E003"]),
        ({"MAX_ATTEMPTS": True}, ["E003"]),
        ({"HANDLERS": {"sync": ["a.b"]}}, []),
        ({"HANDLERS": ["a.b"]}, ["E003"]),
        ({"HANDLERS": {"celery": ["a.b"]}}, ["E003"]),
        ({"HANDLERS": {"sync": "a.b"}}, ["E003"]),
        ({"LANES": "no"}, ["E003"]),
        ({"NAME": ["app"]}, ["E003"]),
        ({"BODY_DICTIONARIES": "a file"}, ["E003"]),
        ({"API_HOSTS": "https://uploads.github.com"}, ["E003"]),
        ({"POINTS_PER_MINUTE": "900"}, ["E003"]),
        ({"COMMAND_REACTIONS": {"done": 1}}, ["E003"]),
        ({"COMMAND_REACTIONS": None, "ARCHIVE_DAYS_TO_KEEP": None, "NAME": None, "APP_ID": 7}, []),
        ({"WEBHOOK_SECRETS": "s"}, ["W016"]),
        ({"lanes": False, "WEBHOOK_TYPE": "sync"}, ["W016"]),
        ({"HTTP_CLIENT": "httpx2"}, []),
        ({"HTTP_CLIENT": "requests"}, ["E003"]),
        ({"HTTP_CLIENT": ["httpx"]}, ["E003"]),
        ({"API_URL": "https://api.github.com/"}, []),
        ({"API_URL": "https://ghes.example.com/api/v3"}, []),
        ({"API_URL": "https://api.octo.ghe.com"}, []),
        ({"API_URL": "https://octo.ghe.com"}, ["W018"]),
        ({"API_URL": "https://github.com"}, ["W018"]),
        ({"API_URL": "api.github.com"}, ["W018"]),
    ],
)
def test_settings_values(app: Any, expected: list[str]) -> None:
    with override_settings(GITHUB_APP=app):
        assert ids(checks.check_settings()) == expected


def test_a_client_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("httpx2 is not installed: pip install httpx2")

    monkeypatch.setattr(http, "library", missing)
    (found,) = checks.check_settings()
    assert found.id == "django_github_app.E003"
    assert "pip install httpx2" in found.msg


def test_an_unknown_setting_comes_with_the_name_that_was_meant() -> None:
    with override_settings(GITHUB_APP={"WEBHOOK_SECRETS": "s"}):
        (found,) = checks.check_settings()
    assert found.hint == "Did you mean 'WEBHOOK_SECRET'?"
