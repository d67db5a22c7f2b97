"""Receivers that others made, from their registries, each installed apart from ours under ``.local/peers``.

django-github-app has the package name of ours, so it gets a virtual environment; Probot a folder of node modules.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.corpus import SECRET
from benchmarks.receivers import Receiver
from benchmarks.stand import ROOT, Stand

HERE = Path(__file__).parent
PLACE = ROOT / ".local" / "peers"
PYTHON_PACKAGES = [
    "django-github-app==0.12.0",
    "psycopg[binary]",
    "dj-database-url",
    "gunicorn",
    "uvicorn[standard]",
]
PROBOT = "probot@14.3.2"
DATABASE = "peers"
TABLE = "django_github_app_eventlog"


def prepare(stand: Stand) -> tuple[list[Receiver], list[str]]:
    """Install what can be installed and make its tables; return the receivers, and what is missing and why."""
    receivers: list[Receiver] = []
    missing: list[str] = []
    for name, make in (("django-github-app", _django_github_app), ("Probot", _probot)):
        try:
            receivers += make(stand)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            missing.append(
                f"{name} is not measured: {said.strip().splitlines()[-1] if said.strip() else error}"
            )
    return receivers, missing


def _run(*command: str | Path, **environment: str) -> None:
    subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        cwd=HERE,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )


def _installed(place: Path, versions: str) -> bool:
    note = place / "installed.txt"
    return note.exists() and note.read_text() == versions


def _django_github_app(stand: Stand) -> list[Receiver]:
    place, versions = PLACE / "django-github-app", " ".join(PYTHON_PACKAGES)
    if not _installed(place, versions):
        shutil.rmtree(place, ignore_errors=True)
        _run(sys.executable, "-m", "venv", place)
        _run(place / "bin" / "python", "-m", "pip", "install", "--quiet", *PYTHON_PACKAGES)
        (place / "installed.txt").write_text(versions)
    url = stand.database(DATABASE)
    environment = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "dga.settings",
        "PYTHONPATH": str(HERE / "sites"),
        "BENCH_SECRET": SECRET,
        "BENCH_PRIVATE_KEY": stand.environment["BENCH_PRIVATE_KEY"],
    }
    _run(place / "bin" / "django-admin", "migrate", "--verbosity=0", **environment)
    uvicorn, gunicorn = str(place / "bin" / "uvicorn"), str(place / "bin" / "gunicorn")
    quiet = ["--no-access-log", "--log-level", "warning"]
    workers = ["--workers", "2", "--threads", "4", "--keep-alive", "60", "--log-level", "warning"]
    return [
        Receiver(
            "peer-async",
            "django-github-app 0.12: async view, defaults, no handler, uvicorn",
            [uvicorn, "--port", "{port}", *quiet, "dga.asgi:application"],
            "/github/",
            TABLE,
            {**environment, "BENCH_VIEW": "async"},
            DATABASE,
        ),
        Receiver(
            "peer-sync",
            "django-github-app 0.12: sync view, no handler, no cleanup, connections kept, gunicorn",
            [gunicorn, "--bind", "127.0.0.1:{port}", *workers, "dga.wsgi:application"],
            "/github/",
            TABLE,
            {**environment, "BENCH_TUNED": "1"},
            DATABASE,
        ),
    ]


def _probot(stand: Stand) -> list[Receiver]:
    place = PLACE / "probot"
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node is None or npm is None:
        raise OSError("node and npm are not installed")
    if not _installed(place, PROBOT):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "package.json").write_text('{"name": "peer", "private": true, "type": "module"}\n')
        _run(npm, "install", "--prefix", place, "--no-audit", "--no-fund", PROBOT)
        (place / "installed.txt").write_text(PROBOT)
    shutil.copy(HERE / "probot.mjs", place / "server.mjs")
    environment = {
        "WEBHOOK_SECRET": SECRET,
        "PRIVATE_KEY": stand.environment["BENCH_PRIVATE_KEY"],
        "APP_ID": "1",
        "NODE_ENV": "production",
        "LOG_LEVEL": "warn",
    }
    return [
        Receiver(
            "probot",
            "Probot 14, a handler that does nothing",
            [node, str(place / "server.mjs"), "{port}"],
            "/api/github/webhooks",
            "",
            environment,
        )
    ]
