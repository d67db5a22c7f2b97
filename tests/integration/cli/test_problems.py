"""Where a table, a setting, a server or a module is missing, every command says so in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from django_github_app.cli import github
from django_github_app.cli.problems import sentence
from django_github_app.errors import GitHubUnreachable
from tests.support.site import ROOT

APPS = 'INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_github_app"]\n'
NOWHERE = """
CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/1"}}
GITHUB_APP = {"APP_ID": "1", "NAME": "x", "WEBHOOK_SECRET": "s", "API_URL": "http://127.0.0.1:9"}
SECRET_KEY = "x"
"""
SQLITE = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "FOLDER/empty.sqlite3"}}\n'
POSTGRES = (
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1", '
    '"PORT": "1"}}\n'
)
SETTINGS = {
    "no migrations, no broker": APPS + NOWHERE + SQLITE,
    "no database server": APPS + NOWHERE + POSTGRES,
    "nothing set": APPS,
}
SAID = {"no migrations, no broker": "run `manage.py migrate`", "no database server": "check DATABASES",
        "nothing set": "DATABASES"}  # fmt: skip


@pytest.mark.parametrize("missing", SETTINGS)
def test_no_command_ends_in_a_traceback(missing: str, tmp_path: Path) -> None:
    (tmp_path / "lacking.py").write_text(SETTINGS[missing].replace("FOLDER", str(tmp_path)))
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.every_command", str(tmp_path)],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "lacking", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ended: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert not {name: one["trace"] for name, one in ended.items() if one["trace"]}
    assert "Traceback" not in done.stdout + done.stderr
    for name in ("events", "event 1"):
        assert SAID[missing] in ended[name]["said"], name
        assert len(ended[name]["said"].splitlines()) == 1


def test_a_setting_that_is_missing_is_named() -> None:
    from django.conf import settings

    with pytest.raises(AttributeError) as caught:
        _ = settings.NO_SUCH_SETTING  # type: ignore[misc]
    assert sentence(caught.value) == "The setting NO_SUCH_SETTING is missing: put it into the settings."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("no such table: x"), "migrate"),
        (ProgrammingError("syntax error"), None),
        (OperationalError("connection refused\nIs it running?"), "(connection refused)"),
        (ModuleNotFoundError("No module named 'boto3'", name="boto3"), 'pip install "django-github-app-celery[s3]"'),
        (ModuleNotFoundError("No module named 'x.y'", name="x.y"), "what brings x"),
        (ImproperlyConfigured("settings.X is wrong"), "settings.X is wrong"),
        (GitHubUnreachable("refused", sent=False), "refused"),
        (ConnectionRefusedError("refused"), "does not answer"),
        (KeyError("a mistake of ours"), None),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_apart_from_mistakes(error: Exception, said: str | None) -> None:
    found = sentence(error)
    assert (found is None) == (said is None)
    assert said is None or said in str(found)


def test_the_traceback_is_there_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no such table: x")

    monkeypatch.setattr("django_github_app.cli.events.EventLog.objects.filter", broken)
    assert isinstance(CliRunner().invoke(github, ["--traceback", "events"]).exception, OperationalError)
    result = CliRunner().invoke(github, ["events"])
    assert result.output.startswith("Error: The database lacks a table")
