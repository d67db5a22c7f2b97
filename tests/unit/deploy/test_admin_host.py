"""The deployed site's admin behind a host or a path of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from deploy.admin_host import only_on_its_host

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, sys
import django
django.setup()
from django.test import Client
print(json.dumps([Client().get(path, headers={"host": host}).status_code for host, path in json.loads(sys.argv[1])]))
"""


def ask(*asked: tuple[str, str], **environment: str) -> list[int]:
    """Return the status that the deployed site answers, for each host and path."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "deploy.settings", "LOCAL": "1", "SECRET_KEY": "x",
            "DATABASE_URL": "sqlite://:memory:", "ALLOWED_HOSTS": "app.example.com", **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[int] = json.loads(done.stdout.splitlines()[-1])  # after what was logged
    return found


def test_the_admin_has_the_host_and_the_path_that_it_is_given_and_no_other() -> None:
    office, app = "office.example.com", "app.example.com"
    found = ask(
        (office, "/desk/login/"), (office + ":8443", "/desk/login/"), (app, "/desk/login/"), (app, "/desk/"),
        (app, "/"), (app, "/healthz"), (office, "/admin/login/"),
        ADMIN_HOST=office, ADMIN_PATH="/desk",
    )  # fmt: skip
    assert found == [200, 200, 404, 404, 404, 200, 404]


def test_without_either_it_is_where_it_always_was() -> None:
    found = ask(
        ("app.example.com", "/admin/login/"), ("localhost", "/admin/login/"), ("app.example.com", "/")
    )
    assert found == [200, 200, 302]


async def test_an_asynchronous_site_hides_it_too(settings: Any) -> None:
    settings.ADMIN_HOST, settings.ADMIN_PATH = "office.example.com", "admin/"
    settings.ALLOWED_HOSTS = ["*"]

    async def site(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    middleware: Any = only_on_its_host(site)
    for host, path, status in [
        ("office.example.com", "/admin/", 200),
        ("OFFICE.example.com:443", "/admin/", 200),
        ("app.example.com", "/admin/", 404),
        ("app.example.com", "/administration", 200),
    ]:
        answer = await middleware(RequestFactory().get(path, headers={"host": host}))
        assert answer.status_code == status, (host, path)
