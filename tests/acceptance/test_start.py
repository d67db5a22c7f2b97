"""A generated project does what it says: its own tests, its checks, a comment that is tried out.

The suite generates one with this environment; ``make start`` all kinds, with the wheel in a clean virtualenv.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.site import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FULL = os.environ.get("START") == "all"
KINDS = {"async": ["--async"], "sync": ["--sync"], "s3": ["--s3"]}
CHOSEN = list(KINDS) if FULL else ["async"]


def uv(*arguments: str) -> None:
    """Do what pip and venv do, in a tenth of the time, with this machine's package registry."""
    done = subprocess.run(
        [sys.executable, "-m", "uv", "--quiet", *arguments],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def run(command: list[str], folder: Path, **more: str) -> str:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{Path(command[0]).parent}{os.pathsep}{os.defpath}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PATH": path, **more},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter that has the package: this one, or that of a clean virtualenv with the wheel in it."""
    if not FULL:
        return Path(sys.executable)
    folder = tmp_path_factory.mktemp("clean")
    uv("build", "--wheel", "--out-dir", str(folder / "dist"), str(ROOT))
    (wheel,) = (folder / "dist").glob("*.whl")
    uv("venv", "--python", sys.executable, str(folder / "venv"))
    made = folder / "venv/bin/python"
    constraints = ["-c", str(ROOT / "constraints.txt")]
    wanted = [f"{wheel}[postgres,beat,deploy,s3]", "pytest", "pytest-django", "ruff"]
    uv("pip", "install", "--python", str(made), *constraints, *wanted)
    return made


@pytest.mark.parametrize("kind", CHOSEN)
def test_a_new_project_passes_its_own_tests_and_checks(kind: str, python: Path, tmp_path: Path) -> None:
    start = [str(python), "-m", "django_github_app"]
    run([*start, "new", "my-bot", *KINDS[kind]], tmp_path)
    folder = tmp_path / "my-bot"
    run([*start, "add", "handler", "greet-stars", "--event", "star.created"], folder)
    run([*start, "add", "command", "ping"], folder)
    manage = [str(python), "manage.py"]
    run([*manage, "migrate", "--verbosity=0"], folder, DEBUG="1")
    said = run([*manage, "github", "send", "--comment", "@my-bot hello --shout"], folder, DEBUG="1")
    assert "HELLO OCTOCAT!" in said
    if FULL:
        run([str(python), "-m", "ruff", "check", "."], folder)
        run([str(python), "-m", "ruff", "format", "--check", "."], folder)
        run([*manage, "check", "--fail-level", "ERROR"], folder, DEBUG="1")
        deployed = {
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "GITHUB_WEBHOOK_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
        }
        run([*manage, "check", "--deploy", "--fail-level", "ERROR"], folder, **deployed)
        run([*manage, "collectstatic", "--noinput"], folder, SECRET_KEY="build")  # as the Dockerfile does
    assert "4 passed" in run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"], folder)
