"""The import contracts of pyproject.toml: the source keeps them, and each is seen to fail on a copy that does not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.generated_docs import configuration
from tests.support.source import ROOT

FLOORS = "Floors: nothing imports upwards"
DEPLOYMENT = "The reusable app knows nothing of the deployment"
PURE = "Pure rooms"
HTTP_CLIENT = "No client library shows"
CELERY = "Celery and kombu are known to"
PUBLISHING = "Events and jobs are published by"
EDGE = "The web edge reaches no handler"
CONTRACTS = {FLOORS, DEPLOYMENT, PURE, HTTP_CLIENT, CELERY, PUBLISHING, EDGE}

MODELS = "from django_github_app import models"
PURE_MODULES = (
    "deliveries/parsing.py",
    "comments/markdown.py",
    "commands/grammar.py",
    "bodies/frames.py",
    "process/group_commit.py",
    "testing/payloads.py",
    "testing/payload_bodies.py",
    "testing/payload_objects.py",
    "retention/format.py",
    "retention/names.py",
    "retention/records.py",
    "execution/retries.py",
    "observe/redaction.py",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of everything that the contracts look at."""
    for folder in ("src", "worker", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def add(copy: Path, module: str, line: str, *, inside_a_function: bool = False) -> None:
    """Add an import to a module of the copy."""
    path = copy / "src/django_github_app" / module
    text = path.read_text() if path.exists() else '"""A new module."""\n'
    path.write_text(text + (f"\n\ndef _late():\n    {line}\n" if inside_a_function else f"\n{line}\n"))


def broken(copy: Path) -> set[str]:
    """Return those contracts that a copy breaks."""
    return check(copy)[0]


def check(copy: Path) -> tuple[set[str], str]:
    """Return those contracts that a copy breaks, and what lint-imports says of them."""
    path = os.pathsep.join([str(copy / "src"), str(copy)])
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    found = {name for name in CONTRACTS for line in lines if line.startswith(name) and "BROKEN" in line}
    kept = {name for name in CONTRACTS for line in lines if line.startswith(name) and "KEPT" in line}
    assert found | kept == CONTRACTS, done.stdout + done.stderr
    assert (done.returncode != 0) == bool(found)
    return found, done.stdout


def test_the_source_keeps_every_contract(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.parametrize("inside_a_function", [False, True])
def test_an_import_of_an_upper_floor_is_refused_also_inside_a_function(
    copy: Path, inside_a_function: bool
) -> None:
    add(
        copy,
        "sql/claims.py",
        "from django_github_app.maintenance import sweep",
        inside_a_function=inside_a_function,
    )
    assert FLOORS in broken(copy)


def test_a_new_room_must_be_given_a_floor(copy: Path) -> None:
    add(copy, "attic.py", "import json")
    assert broken(copy) == {FLOORS}


def test_the_app_may_not_import_the_deployment(copy: Path) -> None:
    add(copy, "conf.py", "import deploy.settings")
    assert DEPLOYMENT in broken(copy)


def test_no_pure_room_may_import_tables_a_broker_or_a_client(copy: Path) -> None:
    for module in PURE_MODULES:
        add(copy, module, MODELS, inside_a_function=True)
    packages = ["celery", "kombu", "redis", "httpx", "httpx2", "psycopg"]
    for package in packages:
        add(copy, "deliveries/signature.py", f"import {package}", inside_a_function=True)
    names, report = check(copy)
    assert PURE in names
    for module in PURE_MODULES:
        importer = f"django_github_app.{module.removesuffix('.py').replace('/', '.')}"
        assert f"{importer} -> django_github_app.models" in report
    for package in packages:
        assert f"django_github_app.deliveries.signature -> {package} " in report


def test_no_room_may_import_a_client_library(copy: Path) -> None:
    for module in ("github/http", "github/client", "cli/send"):
        add(copy, f"{module}.py", "import httpx", inside_a_function=True)
    add(copy, "github/requests.py", "import httpx2")
    assert broken(copy) == {HTTP_CLIENT}


def test_celery_may_be_imported_by_the_broker_only(copy: Path) -> None:
    add(copy, "ingest/inbox.py", "from celery import current_app", inside_a_function=True)
    add(copy, "checks/services.py", "import kombu.exceptions", inside_a_function=True)
    names, report = check(copy)
    assert names == {CELERY}
    assert "django_github_app.ingest.inbox" in report
    assert "django_github_app.checks.services" in report


def test_only_the_rooms_that_publish_may_import_the_publisher(copy: Path) -> None:
    others = ("admin.events", "cli.events", "setup.doctor", "views")
    for module in others:
        line = "from django_github_app.broker import publisher"
        add(copy, f"{module.replace('.', '/')}.py", line, inside_a_function=True)
    names, report = check(copy)
    assert names == {PUBLISHING}
    assert all(f"django_github_app.{module} " in report for module in others)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("views.py", "execution.event"),
        ("asgi.py", "commands"),
        ("wsgi.py", "github.client"),
        ("ingest/inbox.py", "events.handlers"),
        ("deliveries/parsing.py", "routing"),
    ],
)
def test_the_web_edge_may_not_reach_what_runs_events(copy: Path, module: str, target: str) -> None:
    add(copy, module, f"import django_github_app.{target}", inside_a_function=True)
    assert EDGE in broken(copy)


def test_the_web_edge_may_not_reach_handlers_through_another_room(copy: Path) -> None:
    add(copy, "conf.py", "from django_github_app import routing", inside_a_function=True)
    assert EDGE in broken(copy)


def test_nothing_is_exempt_but_the_imports_that_the_api_of_django_github_app_needs() -> None:
    exempt = {line for contract in configuration() for line in contract.get("ignore_imports", [])}
    assert exempt == {
        "django_github_app.models.events -> django_github_app.retention",
        "django_github_app.models.installations -> django_github_app.github",
        "django_github_app.views -> django_github_app.github",
        "django_github_app.views -> django_github_app.routing",
    }


def test_a_process_that_imports_the_web_edge_has_nothing_of_what_runs_events() -> None:
    """The exempt imports stand inside functions: a web process never follows them."""
    code = """
import sys, django
django.setup()
import django_github_app.views, django_github_app.asgi, django_github_app.wsgi, django_github_app.urls
print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("django_github_app.")}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "DJANGO_SETTINGS_MODULE": "tests.support.bare_settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rooms = set(done.stdout.split())
    assert {"views", "ingest", "sql"} <= rooms
    assert rooms & {"execution", "commands", "github", "events", "routing", "retention", "tasks"} == set()
