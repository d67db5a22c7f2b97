"""Where the project's own site listens: found, so that nobody has to type it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from django_github_app.broker.queues import WorkerType
from django_github_app.routing import handler_modules

__all__ = ["site_port", "webhook_path", "webhook_url"]

USUAL_PORT = 8000
_VARIABLE = re.compile(r"\$\{?PORT(?::?-(\d+))?\}?")


def webhook_url(folder: Path | None = None) -> str:
    """Return the URL that a delivery is posted to on this machine."""
    return f"http://127.0.0.1:{site_port(folder)}{webhook_path()}"


def site_port(folder: Path | None = None) -> int:
    """Return the port of the site that runs beside this process.

    The first that says so: PORT; what `make run` or `github dev` wrote into .local/environment; .env; the web process
    of the Procfile; else 8000.
    """
    for value in _ports(folder or Path.cwd()):
        if value and value.strip().isdigit() and 0 < int(value) < 65536:
            return int(value)
    return USUAL_PORT


def _ports(folder: Path) -> Iterator[str | None]:
    yield os.environ.get("PORT")
    yield _assigned(folder / ".local" / "environment")
    yield _assigned(folder / ".env")
    yield _of_procfile(folder / "Procfile")


def _assigned(path: Path) -> str | None:
    found = re.findall(r"^\s*(?:export\s+)?PORT\s*=\s*[\"']?(\d+)", _text(path), re.MULTILINE)
    return found[-1] if found else None


def _of_procfile(path: Path) -> str | None:
    for line in _text(path).splitlines():
        name, _, command = line.partition(":")
        if name.strip() == "web":
            variable = _VARIABLE.search(command)
            if variable is not None:
                return variable[1]
            option = re.search(r"(?:--port[= ]|-p ?|--bind[= ]\S*:|-b \S*:|(?<=\d):)(\d+)", command)
            return option[1] if option else None
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def webhook_path() -> str:
    """Return the path of the view whose workers have the project's handlers; the async one when both or none have."""
    chosen = worker_type()
    if not hasattr(settings, "ROOT_URLCONF"):
        return f"/github/{chosen}/"
    try:
        return reverse(f"django_github_app:{chosen}_webhook")
    except NoReverseMatch:  # mounted beside Django's URLs, or under a name of the project's own
        return f"/github/{chosen}/"


def worker_type() -> WorkerType:
    """Return the worker type that the project has handler modules for; async when both or none."""

    def has(one: str) -> bool:
        return any(not module.startswith("django_github_app.") for module in handler_modules(one))

    return "sync" if has("sync") and not has("async") else "async"
