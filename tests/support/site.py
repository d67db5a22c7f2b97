"""The whole site as real processes, for acceptance tests: the Procfile's commands on servers of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from honcho import environ
from psycopg.rows import dict_row

from deploy.local_servers import free_port
from django_github_app.testing import payloads
from tests.support import services

ROOT = Path(__file__).parents[2]
SECRET = "site-secret"
ALL = ("web", "worker_sync", "worker_async", "beat")
# What each process writes when it can work.
READY = {
    "worker_sync": r"(?<!-maintenance)@\S+ ready\.",
    "worker_async": r"(?<!-maintenance)@\S+ ready\.",
    "beat": r"beat: Starting|DatabaseScheduler",
}


def base_environment(database_url: str) -> dict[str, str]:
    """Return the least that a process of the site needs: nothing of the test run's own settings."""
    keep = ("HOME", "LANG", "TMPDIR", "PYTHONPATH")
    return {
        **{name: os.environ[name] for name in keep if name in os.environ},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "LOCAL": "1",
        "SECRET_KEY": "site",
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_NAME": "site",
        "GITHUB_WEBHOOK_SECRET": SECRET,
        services.DATABASE_URL: database_url,
    }


@dataclass
class Running:
    """One started process: its group and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self, signal_number: int) -> None:
        """Signal the process and its children, and wait until it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal_number)
        try:
            self.process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Site:
    """Starts, kills and restarts the processes of the Procfile.

    ``calls_url`` is where test handlers record their calls: not the broker, which a test may kill.
    ``app`` are settings of GITHUB_APP, such as ``HANDLERS``; ``sweep_every`` seconds is what the schedule in the
    database says; ``commands`` replace those of the Procfile. Processes may have several instances:
    ``worker_async``, ``worker_async.2``.
    """

    def __init__(
        self,
        database_url: str,
        valkey_url: str,
        calls_url: str,
        directory: Path,
        *,
        app: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        commands: Mapping[str, str] | None = None,
        sweep_every: int = 1,
    ) -> None:
        self.database_url = database_url
        self.valkey_url = valkey_url
        self.broker_url = f"{valkey_url}/0"
        self.calls_url = calls_url
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: dict[str, Running] = {}
        self._commands = environ.parse_procfile((ROOT / "Procfile").read_text()).processes
        self._commands.update(commands or {})
        self._starts = 0
        self.environment = {
            **base_environment(database_url),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            services.BROKER_URL: self.broker_url,
            services.CACHE_URL: f"{valkey_url}/1",
            "CALLS_URL": self.calls_url,
            "SOFT_SHUTDOWN_SECONDS": "4",
            "GITHUB_APP_SETTINGS": json.dumps(dict(app or {})),
            **(environment or {}),
        }
        self.rows(
            "UPDATE django_celery_beat_intervalschedule SET every = %s, period = 'seconds' WHERE id IN"
            " (SELECT interval_id FROM django_celery_beat_periodictask WHERE name = 'github: sweep') RETURNING id",
            sweep_every,
        )

    # Processes

    def start(self, *names: str) -> None:
        """Start processes (all, if none is named) and wait until each is ready."""
        names = names or ALL
        for name in names:
            self.spawn(name)
        for name in names:
            self.wait_until_ready(name)

    def spawn(self, name: str, **environment: str) -> None:
        """Start a process, with more in its environment, and do not wait for it."""
        self._starts += 1
        log = self.directory / f"{self._starts:02}-{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.program(name),
                cwd=self.root_of(name),
                env={**self.environment, "HONCHO_PROCESS_NAME": name, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = Running(process, log)

    def program(self, name: str) -> list[str]:
        """Return the command of a process."""
        return ["/bin/sh", "-c", self._commands[name.partition(".")[0]]]

    def root_of(self, name: str) -> Path:
        """Return the folder that a process is started in."""
        return ROOT

    def url_of(self, name: str) -> str:
        """Return where a web process answers."""
        return self.url

    def wait_until_ready(self, name: str, timeout: float = 60) -> None:
        """Wait until a started process can work."""
        kind = name.partition(".")[0]
        running = self.running[name]

        def ready() -> bool:
            assert running.process.poll() is None, f"{name} ended while starting"
            if kind != "web":
                return re.search(READY[kind], running.output) is not None
            try:
                return (
                    httpx.get(f"{self.url_of(name)}/healthz", timeout=2, trust_env=False).status_code == 200
                )
            except httpx.TransportError:
                return False

        self.wait_for(ready, timeout, f"{name} to be ready")

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """End a process, its children with it; SIGTERM does so in good order."""
        self.running.pop(name).end(signal_number)

    def restart(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """End a process and start it again."""
        self.kill(name, signal_number)
        self.start(name)

    def stop(self) -> None:
        """End every process at once."""
        for name in list(self.running):
            self.kill(name)

    def logs(self, lines: int = 25) -> str:
        """Return the end of every process's log, long lines cut."""
        parts = []
        for log in sorted(self.directory.glob("*.log")):
            tail = [line[:500] for line in log.read_text(errors="replace").splitlines()[-lines:]]
            parts.append("\n".join([f"== {log.name} ==", *tail]))
        return "\n".join(parts)

    # Deliveries

    def request(
        self, worker_type: str, event: str, payload: Mapping[str, Any], delivery: str | None = None
    ) -> dict[str, Any]:
        """Return the arguments of `httpx.post` for one signed delivery."""
        body = json.dumps(payload).encode()
        return {
            "url": f"{self.url}/github/{worker_type}/",
            "content": body,
            "headers": {
                "Content-Type": "application/json",
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
                "X-Hub-Signature-256": payloads.sign(SECRET, body),
            },
        }

    def post(
        self, worker_type: str, event: str, action: str | None = None, **overrides: Any
    ) -> httpx.Response:
        """Send one signed delivery of a realistic payload."""
        delivery = overrides.pop("delivery", None)
        request = self.request(worker_type, event, payloads.build(event, action, **overrides), delivery)
        with httpx.Client(timeout=30, trust_env=False) as client:
            return client.post(**request)

    # What became of them

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Run a query on the site's database."""
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def statuses(self) -> dict[int, int]:
        """Return how many events have each status."""
        counts = self.rows("SELECT status, count(*) AS n FROM django_github_app_eventlog GROUP BY status")
        return {row["status"]: row["n"] for row in counts}

    def wait_until_final(self, count: int, timeout: float = 60) -> None:
        """Wait until ``count`` events are stored and all of them are final."""

        def final() -> bool:
            statuses = self.statuses()
            return sum(statuses.values()) >= count and all(status >= 10 for status in statuses)

        self.wait_for(final, timeout, f"{count} events to be final")

    def wait_for(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until a condition holds; fail with the logs if it does not."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"waited {timeout:g} s for {what}; statuses {self.statuses()}\n{self.logs()}"
                )
            time.sleep(0.05)

    def calls(self) -> list[str]:
        """Return what the test handlers recorded, oldest first: see tests.support.recording."""
        import redis

        with redis.Redis.from_url(self.calls_url, decode_responses=True) as client:
            calls: Sequence[str] = client.lrange("calls", 0, -1)
            return list(calls)
