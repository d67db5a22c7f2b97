"""The stand: private servers with fsync on, the processes under test, and what CPU each of them used."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis
from psycopg import sql

from deploy.local_servers import LocalServers, free_port

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@dataclass
class Running:
    """A process under test, with its children."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def cpu(self) -> float:
        return cpu_of(self.process.pid)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process and its children, those that ended included."""
    total = 0.0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    except psutil.NoSuchProcess:
        pass
    return total


class Stand:
    """Private PostgreSQL and Valkey, and processes of the benchmark site on them."""

    def __init__(self) -> None:
        (ROOT / ".local").mkdir(exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".local"))
        # With a directory of its own the server is not a throw-away one: fsync stays on.
        self.servers = LocalServers(self.directory)
        self.database_url = self.servers.database_url
        self.broker_url = f"{self.servers.valkey_url}/0"
        self.broker = redis.Redis.from_url(self.broker_url)
        self.postmaster = int((self.directory / "postgres" / "postmaster.pid").read_text().split()[0])
        self.environment = {
            **{name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings",
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.broker_url,
            "BENCH_CACHE_URL": f"{self.servers.valkey_url}/1",
            "PYTHONPATH": str(ROOT),
            "BENCH_PRIVATE_KEY": _private_key(),
        }
        self._logs = 0

    def close(self) -> None:
        self.servers.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def use_here(self) -> None:
        """Set Django up in this process, on the stand's servers, and make the tables."""
        os.environ.update(self.environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, run_syncdb=True)

    @property
    def sql(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database_url, autocommit=True)

    def database(self, name: str) -> str:
        """Return the URL of another database of the stand, made if it is not there."""
        if not self.value("SELECT 1 FROM pg_database WHERE datname = %s", [name]):
            with self.sql as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = urlsplit(self.database_url)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def empty(self, database: str, table: str) -> None:
        with psycopg.connect(self.database(database), autocommit=True) as connection:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))
            connection.execute("CHECKPOINT")

    def value(self, query: str, parameters: Sequence[Any] = (), database: str = "") -> Any:
        url = self.database(database) if database else self.database_url
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(query, parameters).fetchone()
        return row[0] if row else None

    def clear(self) -> None:
        """Empty the tables and the broker, and let PostgreSQL know how small they are."""
        with self.sql as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                )
                if name in {"django_github_app_eventlog", "django_github_app_handlerrun", "bare_event"}
                or name.startswith("naive_")
            ]
            connection.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            connection.execute("CHECKPOINT")
        self.broker.flushdb()

    def postgres_cpu(self) -> float:
        return cpu_of(self.postmaster)

    def postgres_backends(self) -> dict[int, int]:
        """Return the CPU, in ns, of each process that works for a client.

        For what takes less than the hundredths of a second in which `postgres_cpu` counts.
        """
        with self.sql as connection:
            pids = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()"
            ).fetchall()
        found = {}
        for (pid,) in pids:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return found

    def spawn(self, name: str, command: Sequence[str], **environment: str) -> Running:
        self._logs += 1
        log = self.directory / f"{self._logs:02}-{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Running(name, process, log)

    @contextlib.contextmanager
    def server(self, name: str, command: Sequence[str], **environment: str) -> Iterator[tuple[Running, str]]:
        """Run a web server on a free port (``{port}`` in the command); yield it and its base URL."""
        port = free_port()
        running = self.spawn(name, [part.format(port=port) for part in command], **environment)
        try:
            _wait_for_port(port, running)
            yield running, f"http://127.0.0.1:{port}"
        finally:
            running.stop()

    @contextlib.contextmanager
    def workers(self, commands: Sequence[Sequence[str]], **environment: str) -> Iterator[list[Running]]:
        """Run Celery workers and wait until they are ready."""
        started = [self.spawn(f"worker{i}", command, **environment) for i, command in enumerate(commands)]
        try:
            deadline = time.monotonic() + 60
            for running in started:
                while "ready." not in running.log.read_text(errors="replace"):
                    if running.process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError(
                            f"worker did not start:\n{running.log.read_text(errors='replace')}"
                        )
                    time.sleep(0.05)
            yield started
        finally:
            for running in started:
                running.stop()


def celery(queues: str, *options: str, number: int = 1) -> list[str]:
    """Return the command of a worker, as the Procfile has it."""
    return [
        "celery", "-A", "benchmarks.site", "worker", "--queues", queues, "--hostname", f"w{number}@bench",
        "--without-gossip", "--without-mingle", "--loglevel", "INFO", *options,
    ]  # fmt: skip


class Loading:
    """The load generator as a process: `measure` runs it and returns what it says, with the CPU of others."""

    def __init__(self, stand: Stand, url: str, **options: object) -> None:
        self.stand = stand
        self.command = [str(BIN / "python"), "-m", "benchmarks.load", url]
        for name, value in options.items():
            self.command.append(f"--{name.replace('_', '-')}={value}")

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def measure(self, *watched: Running) -> dict[str, Any]:
        process = self.start()
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "measuring", "the load generator did not start"
        app, postgres = sum(w.cpu() for w in watched), self.stand.postgres_cpu()
        assert process.stdout.readline().strip() == "measured"
        app, postgres = sum(w.cpu() for w in watched) - app, self.stand.postgres_cpu() - postgres
        result: dict[str, Any] = json.loads(process.stdout.readline())
        process.wait()
        served = max(1, result["requests"])
        return {**result, "app_us": app / served * 1e6, "postgres_us": postgres / served * 1e6}


def _wait_for_port(port: int, running: Running) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if running.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{running.name} did not start:\n{running.log.read_text(errors='replace')}")
        time.sleep(0.05)


def _private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def median_of(results: Sequence[Mapping[str, Any]], key: str) -> tuple[float, float, float]:
    """Return median, least and greatest."""
    values = sorted(float(result[key]) for result in results)
    return statistics.median(values), values[0], values[-1]
