"""``manage.py github dev``: what it starts, what it tells others. tests/acceptance/test_dev.py tries the whole."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import click
import pytest

from django_github_app.cli import dev


def test_another_terminal_finds_a_run_only_while_it_lasts(tmp_path: Path) -> None:
    path = tmp_path / dev.STATE
    path.parent.mkdir()
    assert dev.running(tmp_path) is None
    with dev._shared(path, {"PORT": "8123"}):
        assert dev.running(tmp_path) == {"PORT": "8123"}
        assert path.stat().st_mode & 0o077 == 0
    assert dev.running(tmp_path) is None
    path.write_text(json.dumps({"pid": 2**22 + 1, "env": {}}))  # beyond the largest that there is
    assert dev.running(tmp_path) is None


def test_there_is_a_worker_for_each_type_that_has_handlers(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": ["bot.handlers"], "async": []}}
    assert list(dev._processes(["manage"], 8000)) == ["web", "worker_sync", "beat"]
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": [], "async": []}}
    assert list(dev._processes(["manage"], 8000)) == ["web", "worker_async", "beat"]


def test_a_port_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(click.ClickException, match="is taken"):
            dev._port()
    monkeypatch.setenv("PORT", "")
    assert dev._port() > 0


def test_the_settings_are_the_projects_with_what_is_provided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib
    import sys

    (tmp_path / "project_of_dev.py").write_text(
        'DEBUG = True\nlower = 1\nGITHUB_APP = {"NAME": "x", "API_URL": "https://api.github.com"}\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    given = {
        "settings": "project_of_dev",
        "changes": {"CELERY_BROKER_URL": "redis://127.0.0.1:9/0"},
        "github_app": {"API_URL": "http://127.0.0.1:1"},
        "database": dev._database("postgres://postgres@/github_app?host=/run/pg"),
    }
    monkeypatch.setenv(dev.VARIABLE, json.dumps(given))
    assert os.environ[dev.VARIABLE]
    made: Any = importlib.import_module(dev.SETTINGS)
    try:
        assert made.DEBUG is True
        assert not hasattr(made, "lower")
        assert made.CELERY_BROKER_URL == "redis://127.0.0.1:9/0"
        assert made.GITHUB_APP == {"NAME": "x", "API_URL": "http://127.0.0.1:1"}
        assert made.DATABASES["default"]["HOST"] == "/run/pg"
    finally:
        sys.modules.pop(dev.SETTINGS)
        sys.modules.pop("project_of_dev")
