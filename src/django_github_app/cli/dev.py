"""``manage.py github dev``: a whole site on this machine, with a GitHub of its own, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
from django.conf import settings

from django_github_app.broker import celery_app
from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.conf import app_settings
from django_github_app.routing import handler_modules

from .dev_github import SAMPLE_REPOSITORY, DevGitHub
from .local_servers import LocalServers, LocalServersError, free_port
from .site import USUAL_PORT, webhook_path
from .supervisor import Supervisor

VARIABLE = "GITHUB_APP_DEV"
SETTINGS = "django_github_app.cli.dev_settings"
STATE = Path(".local") / "github-dev.json"


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the site. By default PORT, 8000 or a free one."
)
@click.option(
    "--reload/--no-reload", default=True, show_default=True, help="Start again when a source changes."
)
def dev(port: int | None, reload: bool) -> None:
    """Run web, workers and beat on this machine until Ctrl-C, beside a GitHub that is not the real one.

    PostgreSQL and Valkey come with it where the settings name none that answers (extra "local"); their data are kept
    in .local/. `manage.py github …` in another terminal uses the same servers meanwhile.
    """
    with _interruptible(), ExitStack() as stack:
        try:
            _run(port, stack, reload=reload)
        except LocalServersError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("\nStopping.")


def running(folder: Path | None = None) -> dict[str, str] | None:
    """Return the variables of the `github dev` that runs in a folder; None when none does."""
    try:
        state = json.loads(((folder or Path.cwd()) / STATE).read_text())
        os.kill(state["pid"], 0)
    except (OSError, ValueError):
        return None
    found: dict[str, str] = state["env"]
    return found


def _run(port: int | None, stack: ExitStack, *, reload: bool) -> None:
    folder = Path.cwd()
    local = folder / ".local"
    local.mkdir(exist_ok=True)
    port = port or _port()
    url = f"http://127.0.0.1:{port}"
    changes = _provide_servers(local, stack)
    github = stack.enter_context(DevGitHub(slug=app_settings.SLUG or "bot"))
    github.webhook_url = f"{url}{webhook_path()}"
    github.install_samples()
    configured = {name: value for name, value in github.settings().items() if name != "NAME"}
    given = {"settings": os.environ["DJANGO_SETTINGS_MODULE"], "github_app": configured, **changes}
    added = {VARIABLE: json.dumps(given), "DJANGO_SETTINGS_MODULE": SETTINGS, "PORT": str(port)}
    env = {**os.environ, **added, "PYTHONUNBUFFERED": "1"}
    manage = [sys.executable, sys.argv[0]]
    click.echo("Migrating …")
    if subprocess.run([*manage, "migrate", "--verbosity=0"], env=env, check=False).returncode:
        raise click.ClickException("migrate failed: see above")
    stack.enter_context(_shared(folder / STATE, added))
    supervisor = Supervisor(_processes(manage, port), env=env, folder=folder, say=click.echo)
    stack.callback(supervisor.stop)
    supervisor.start()
    click.echo(f"Webhooks  {github.webhook_url}")
    click.echo(
        f"GitHub    {github.url}/{SAMPLE_REPOSITORY}  (not the real one: open, comment and push there)"
    )
    click.echo("Another   manage.py github send issues")
    click.echo("Ctrl-C stops everything.\n")
    supervisor.watch(reload=reload)


def _port() -> int:
    wanted = os.environ.get("PORT", "")
    if wanted.isdigit():
        if free_port(int(wanted)) != int(wanted):
            raise click.ClickException(f"PORT={wanted} is taken: choose another")
        return int(wanted)
    return free_port(USUAL_PORT)


def _processes(manage: list[str], port: int) -> dict[str, list[str]]:
    """Return the commands: web, a worker for each type that the project has handlers for, beat."""
    types = [one for one in WORKER_TYPES if any(not _is_ours(module) for module in handler_modules(one))]
    commands = {"web": [*manage, "runserver", "--noreload", f"127.0.0.1:{port}"]}
    for worker_type in types or ["async"]:
        commands[f"worker_{worker_type}"] = [*manage, "github", "worker", worker_type, "--concurrency", "2"]
    return {**commands, "beat": [*manage, "github", "beat", "--schedule", ".local/beat"]}


def _is_ours(module: str) -> bool:
    return module.startswith("django_github_app.")


def _provide_servers(local: Path, stack: ExitStack) -> dict[str, Any]:
    """Start the servers that the settings do not name; return the settings that name them."""
    engine = settings.DATABASES.get("default", {}).get("ENGINE", "")
    need_postgres = engine in ("", "django.db.backends.dummy", "django.db.backends.sqlite3")
    need_valkey = not _answers(str(celery_app.settings().broker_url or ""))
    if not need_postgres and not need_valkey:
        return {"changes": {}}
    click.echo("Starting " + " and ".join(["PostgreSQL"] * need_postgres + ["Valkey"] * need_valkey) + " …")
    servers = stack.enter_context(LocalServers(local, postgres=need_postgres, valkey=need_valkey))
    provided: dict[str, Any] = {"changes": {}}
    if need_postgres:
        provided["database"] = _database(servers.database_url)
    if need_valkey:
        provided["changes"] = {
            "CELERY_BROKER_URL": f"{servers.valkey_url}/0",
            "CACHES": {
                "default": {
                    "BACKEND": "django.core.cache.backends.redis.RedisCache",
                    "LOCATION": f"{servers.valkey_url}/1",
                }
            },
        }
    return provided


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
    }


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    try:
        socket.create_connection((parts.hostname, parts.port or 6379), timeout=2).close()
    except OSError:
        return False
    return True


@contextmanager
def _shared(path: Path, added: Mapping[str, str]) -> Iterator[None]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"pid": os.getpid(), "env": dict(added)}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat SIGTERM and a closed terminal like Ctrl-C, and a second one while stopping like none."""
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for name in names:
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {name: signal.signal(name, interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
