"""What the web process of the site loads: enough to validate, persist, enqueue and show, nothing that works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "SECRET_KEY": "s",
    "DATABASE_URL": "postgres://nobody@localhost/nothing",
    "GITHUB_APP_ID": "1",
    "GITHUB_CLIENT_ID": "c",
    "GITHUB_APP_NAME": "n",
    "GITHUB_WEBHOOK_SECRET": "s",
    "GITHUB_PRIVATE_KEY": "k",
    "ALLOWED_HOSTS": "localhost",
}
OF_WORKERS = (
    *("django_github_app.execution", "django_github_app.context", "django_github_app.commands"),
    *("django_github_app.events", "django_github_app.github.client", "django_github_app.github.tokens"),
    *("django_github_app.maintenance.sweep", "django_github_app.retention.jobs"),
    *("django_github_app.retention.kinds", "django_github_app.testing"),
    *("worker.events", "httpx", "httpx2", "jwt", "cryptography", "markdown_it", "boto3", "storages"),
)


@pytest.mark.parametrize("entrance", ["asgi", "wsgi"])
def test_the_web_process_loads_nothing_of_the_workers(entrance: str) -> None:
    code = f"import json, sys, deploy.{entrance}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **SETTINGS},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert f"deploy.{entrance}" in loaded
    assert [
        name for name in loaded if any(name == part or name.startswith(f"{part}.") for part in OF_WORKERS)
    ] == []


def test_the_list_of_commands_loads_no_command() -> None:
    code = (
        "import json, sys, django\ndjango.setup()\nfrom django_github_app.cli import github\n"
        "github.main(args=['--help'], standalone_mode=False)\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "deploy.settings", **SETTINGS},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *said, loaded = done.stdout.splitlines()
    assert any(line.split()[:1] == ["doctor"] for line in said)
    assert [name for name in json.loads(loaded) if name.startswith("django_github_app.cli.")] == []
