"""Where the site on this machine is looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app.cli.site import site_port, webhook_path, webhook_url


@pytest.fixture(autouse=True)
def _no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)


def test_the_usual_port_when_nobody_names_one(tmp_path: Path) -> None:
    assert site_port(tmp_path) == 8000


@pytest.mark.parametrize(
    ("web", "port"),
    [
        ("exec granian --port ${PORT:-8123} a:b", 8123),
        ("gunicorn --bind 0.0.0.0:8124 a:b", 8124),
        ("uvicorn a:b --port=8125", 8125),
        ("python manage.py runserver 127.0.0.1:8126", 8126),
        ("granian --port $PORT a:b", 8000),
        ("granian a:b", 8000),
    ],
)
def test_the_web_process_of_the_procfile(tmp_path: Path, web: str, port: int) -> None:
    (tmp_path / "Procfile").write_text(f"release: x --port 1\nweb: {web}\nworker: y --port 2\n")
    assert site_port(tmp_path) == port


def test_what_is_nearer_to_the_running_site_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Procfile").write_text("web: granian --port 8001 a:b\n")
    (tmp_path / ".env").write_text('SUPPORT=1\nexport PORT="8002"\n')
    assert site_port(tmp_path) == 8002
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "environment").write_text("DATABASE_URL=x\nPORT=8003\n")
    assert site_port(tmp_path) == 8003
    monkeypatch.setenv("PORT", "8004")
    assert site_port(tmp_path) == 8004
    monkeypatch.setenv("PORT", "no number")
    assert site_port(tmp_path) == 8003


def test_the_path_is_that_of_the_type_with_handlers(settings: Any, tmp_path: Path) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": ["bot.handlers"], "async": []}}
    assert webhook_path().endswith("/sync/")
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLERS": {"sync": ["a"], "async": ["b"]}}
    assert webhook_url(tmp_path) == f"http://127.0.0.1:8000{webhook_path()}"
    assert webhook_path().endswith("/async/")
