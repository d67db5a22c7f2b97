"""What is done when Django starts."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps as registry
from django.core.exceptions import ImproperlyConfigured

from django_github_app import apps
from django_github_app.bodies import frames
from django_github_app.broker import celery_app, own_processes
from django_github_app.conf import DEPRECATED_SETTINGS
from django_github_app.maintenance import alarm_issues
from django_github_app.observe import start, telling


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Start again, without what a process does only once."""
    done: list[str] = []
    monkeypatch.setattr(start, "prepare", lambda write: done.append("observe"))
    monkeypatch.setattr(celery_app, "ensure_celery_app", lambda make: done.append("celery"))
    monkeypatch.setattr(own_processes, "when_they_start", lambda call: done.append("processes"))
    return done


def test_a_setting_that_has_no_effect_any_more_is_warned_of(started: list[str], settings: Any) -> None:
    name = next(iter(DEPRECATED_SETTINGS))
    settings.GITHUB_APP = {**settings.GITHUB_APP, name: "x"}
    with pytest.warns(DeprecationWarning, match=re.escape(DEPRECATED_SETTINGS[name])):
        registry.get_app_config("django_github_app").ready()
    assert started == ["observe", "celery", "processes"]


def test_alarms_are_told_in_an_issue_once_however_often_django_starts(started: list[str]) -> None:
    registry.get_app_config("django_github_app").ready()
    assert telling.TELLERS.count(apps._tell_in_an_issue) == 1


@pytest.mark.parametrize("repository", ["octo/ops", ""])
def test_an_issue_is_opened_where_a_repository_is_named(
    monkeypatch: pytest.MonkeyPatch, repository: str
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(alarm_issues, "tell", lambda *given: told.append(given))
    limits: Any = SimpleNamespace(issue=repository)
    incident: Any = object()
    apps._tell_in_an_issue(incident, True, limits)
    assert told == ([(incident, True, limits)] if repository else [])


def test_dictionaries_of_the_project_are_read_at_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    read: list[Any] = []
    monkeypatch.setattr(frames, "use_dictionaries", read.append)
    apps.use_dictionaries()
    assert read == []
    settings.GITHUB_APP = {**settings.GITHUB_APP, "BODY_DICTIONARIES": ["own.zstdict"]}
    apps.use_dictionaries()
    assert read == [["own.zstdict"]]


def test_a_file_that_is_no_dictionary_stops_the_start(settings: Any, tmp_path: Path) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "BODY_DICTIONARIES": [tmp_path / "missing"]}
    with pytest.raises(ImproperlyConfigured, match="BODY_DICTIONARIES"):
        apps.use_dictionaries()
