"""``make run`` and ``make demo``: the whole site on this machine, from the Procfile, with private servers.

Everything it needs is made on the way and kept in ``.local/``: databases, secrets, the admin's password.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from honcho import environ

from deploy import samples
from deploy.local_servers import LocalServers, LocalServersError, free_port
from django_github_app.cli.dev_github import SAMPLE_REPOSITORY, DevGitHub

ROOT = Path(__file__).parent.parent
USUAL_PORT = 8000
SLUG = "sample-app"
ADMIN = "admin"
READY_WITHIN = 60
SAMPLES_WITHIN = 60
OF_ANOTHER_GITHUB = ("API_HOSTS", "API_URL", "APP_ID", "CLIENT_ID", "PRIVATE_KEY")


class RunFailed(click.ClickException):
    """The local run did not get as far as it should; the message says what stopped it."""


def keep_secrets(local: Path) -> dict[str, str]:
    """Return this machine's secrets, made on the first run."""
    path = local / "secrets.json"
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "GITHUB_WEBHOOK_SECRET": secrets.token_urlsafe(32),
            "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe(9),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(made, file)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def environment(local: Path) -> dict[str, str]:
    """Return the site's environment: ours, under ``.env``, under what the shell has set."""
    ours = {
        "LOCAL": "1",
        "HOST": "127.0.0.1",
        "LOG_FORMAT": "console",
        "GITHUB_APP_NAME": SLUG,
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "PYTHONUNBUFFERED": "1",
        "SOFT_SHUTDOWN_SECONDS": "3",  # honcho kills after 5
        **keep_secrets(local),
    }
    dotenv = ROOT / ".env"
    settings = environ.parse(dotenv.read_text()) if dotenv.exists() else {}
    shell = {name: value for name, value in os.environ.items() if value}
    merged = {**ours, **settings, **shell}
    # The Procfile's commands are those of this interpreter.
    merged["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{merged.get('PATH', os.defpath)}"
    return merged


def provide_servers(env: dict[str, str], local: Path, stack: ExitStack) -> None:
    """Start the servers that the environment does not name, and name them."""
    need_postgres = "DATABASE_URL" not in env
    need_valkey = "CELERY_BROKER_URL" not in env
    if need_postgres or need_valkey:
        servers = stack.enter_context(LocalServers(local, postgres=need_postgres, valkey=need_valkey))
        if need_postgres:
            env["DATABASE_URL"] = servers.database_url
        if need_valkey:
            env["CELERY_BROKER_URL"] = f"{servers.valkey_url}/0"
            env.setdefault("CACHE_URL", f"{servers.valkey_url}/1")
    if env["CELERY_BROKER_URL"].startswith("redis"):
        env.setdefault("CACHE_URL", env["CELERY_BROKER_URL"])


def provide_github(env: dict[str, str], stack: ExitStack) -> DevGitHub | None:
    """Start a GitHub of this run's own and lead the site there, unless the shell names one by GITHUB_API_URL.

    An app that ``.env`` has is another GitHub's: its credentials are not those of this run.
    """
    if os.environ.get("GITHUB_API_URL"):
        return None
    github = stack.enter_context(DevGitHub())
    env["GITHUB_API_URL"] = github.url
    env["GITHUB_APP_ID"] = str(github.app_id)
    env["GITHUB_CLIENT_ID"] = github.client_id
    env["GITHUB_PRIVATE_KEY"] = github.private_key.replace("\n", "\\n")
    if env.get("GITHUB_APP_SETTINGS"):  # it would win over these
        more = json.loads(env["GITHUB_APP_SETTINGS"])
        kept = {name: value for name, value in more.items() if name not in OF_ANOTHER_GITHUB}
        env["GITHUB_APP_SETTINGS"] = json.dumps(kept)
    return github


def choose_port(env: dict[str, str]) -> str:
    """Return PORT, which must then be free, or the usual port, or a free one."""
    if "PORT" in env:
        if free_port(int(env["PORT"])) != int(env["PORT"]):
            raise RunFailed(f"PORT={env['PORT']} is taken")
        return env["PORT"]
    return str(free_port(USUAL_PORT))


@contextmanager
def shared_environment(env: dict[str, str], local: Path) -> Iterator[None]:
    """While we run, let ``python manage.py …`` in another terminal find the same servers and secrets."""
    names = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "PORT", "LOCAL", "LOG_FORMAT", "SECRET_KEY")
    path = local / "environment"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        for name, value in sorted(env.items()):
            if name in names or name.startswith("GITHUB_"):
                file.write(f"{name}={value}\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


class Site:
    """The processes of the Procfile, under honcho, their output in one log."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        procfile = environ.parse_procfile((ROOT / "Procfile").read_text()).processes
        self._release: str = procfile.pop("release")
        self._env = env
        self._log = log
        self._names = list(procfile)
        self._honcho: subprocess.Popen[str] | None = None
        self._echo = threading.Event()
        self._reader: threading.Thread | None = None

    def release(self) -> None:
        """Run what the Procfile has for before the start."""
        done = subprocess.run(  # noqa: S602 - a Procfile has shell commands
            self._release,
            shell=True,
            check=False,
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RunFailed(f"release failed: {self._release}\n{done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start the processes. honcho gets a session of its own: Ctrl-C reaches us, and we stop it."""
        # -e: honcho would read .env too, and let it win over what the shell says.
        options = ["-e", os.devnull, "-f", str(ROOT / "Procfile"), "-d", str(ROOT), "--no-colour"]
        self._honcho = subprocess.Popen(
            [sys.executable, "-m", "honcho", "start", *options, *self._names],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._honcho,), daemon=True)
        self._reader.start()

    def _read(self, honcho: subprocess.Popen[str]) -> None:
        with self._log.open("w") as log:
            for line in honcho.stdout or ():
                log.write(line)
                log.flush()
                if self._echo.is_set():
                    click.echo(line, nl=False)

    def echo(self) -> None:
        """From now on, show the log as it is written."""
        self._echo.set()

    def check(self) -> None:
        """Raise RunFailed if a process has ended: then honcho ends the others."""
        if self._honcho is None or self._honcho.poll() is not None:
            raise RunFailed(f"a process of the Procfile ended; the end of {self._log}:\n{self.tail()}")

    def tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        return "\n".join(self._log.read_text().splitlines()[-lines:]) if self._log.exists() else ""

    def wait_until_ready(self, url: str) -> None:
        """Wait until the web process answers."""
        deadline = time.monotonic() + READY_WITHIN
        with httpx.Client(timeout=2, trust_env=False) as client:
            while True:
                self.check()
                try:
                    if client.get(f"{url}/healthz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                if time.monotonic() > deadline:
                    raise RunFailed(f"the web process is not ready after {READY_WITHIN} s:\n{self.tail()}")
                time.sleep(0.05)

    def wait(self) -> None:
        """Return when honcho ends."""
        if self._honcho is not None:
            self._honcho.wait()

    def stop(self) -> None:
        """Stop every process. honcho asks them, and after 5 s makes them."""
        if self._honcho is None:
            return
        self._honcho.terminate()
        try:
            self._honcho.wait(30)
        except subprocess.TimeoutExpired:
            self._honcho.kill()
            self._honcho.wait()
        if self._reader is not None:
            self._reader.join(5)


def create_admin(password: str) -> None:
    """Create the administrator, or give it today's password."""
    from django.contrib.auth import get_user_model

    users: Any = get_user_model()
    admin, _ = users.objects.get_or_create(username=ADMIN, defaults={"is_staff": True, "is_superuser": True})
    if not admin.check_password(password):
        admin.set_password(password)
        admin.save()


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat a closed terminal and SIGTERM like Ctrl-C, and a second Ctrl-C while stopping like none."""

    def interrupt(*_: object) -> None:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupt)
    yield


@click.command()
@click.option("--once", is_flag=True, help="Send the samples, say what became of them, and stop.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / ".local",
    help="Where data and secrets are kept.",
)
def main(once: bool, directory: Path) -> None:
    """Run the whole site on this machine until Ctrl-C."""
    directory.mkdir(parents=True, exist_ok=True)
    with interruptible(), ExitStack() as stack:
        try:
            as_expected = run(directory.resolve(), stack, once=once)
        except LocalServersError as error:
            raise RunFailed(str(error)) from error
        except KeyboardInterrupt:
            click.echo("\nStopping.")
            return
    sys.exit(0 if as_expected else 1)


def run(local: Path, stack: ExitStack, *, once: bool) -> bool:
    """Bring everything up, send the samples and stay; what is to be stopped goes on the stack."""
    env = environment(local)
    env["PORT"] = choose_port(env)
    url = f"http://127.0.0.1:{env['PORT']}"
    click.echo("Starting PostgreSQL and Valkey …")
    provide_servers(env, local, stack)
    github = provide_github(env, stack)
    os.environ.update(env)
    stack.enter_context(shared_environment(env, local))
    click.echo("Migrating …")
    site = Site(env, local / "run.log")
    site.release()

    import django

    from django_github_app.conf import app_settings

    django.setup()
    if github is not None:
        github.slug = app_settings.SLUG
        github.webhook_secret = app_settings.webhook_secrets[0].decode()
        github.webhook_url = f"{url}/github/async/"
        github.install_samples()
    create_admin(env["DJANGO_SUPERUSER_PASSWORD"])
    click.echo("Starting web, workers and beat …")
    stack.callback(site.stop)
    site.start()
    site.wait_until_ready(url)

    wanted = samples.samples(app_settings.SLUG)
    failures = samples.send(url, app_settings.webhook_secrets[0].decode(), wanted)
    for failure in failures:
        click.echo(failure, err=True)
    events = samples.wait(wanted, SAMPLES_WITHIN, site.check) if not failures else {}
    click.echo()
    as_expected = samples.report(wanted, events) and not failures
    click.echo()
    if not as_expected:
        click.echo(
            f"Not every sample ended as expected; the end of {local / 'run.log'}:\n{site.tail()}", err=True
        )
    if once:
        return as_expected
    click.echo(f"Webhooks  {url}/github/sync/  {url}/github/async/")
    click.echo(f"Admin     {url}/admin/  {ADMIN} / {env['DJANGO_SUPERUSER_PASSWORD']}")
    if github is not None:
        click.echo(
            f"GitHub    {github.url}/{SAMPLE_REPOSITORY}  (not the real one: open, comment and push there)"
        )
    click.echo("Another   .venv/bin/python manage.py github send issues --action opened")
    click.echo("Ctrl-C stops everything.\n")
    site.echo()
    site.wait()
    site.check()
    return False


if __name__ == "__main__":
    main()
