"""A private PgBouncer in transaction mode, in front of a private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg.conninfo

from django_github_app.cli.local_servers import POSTGRES_SYSTEM_USER, free_port, make_reachable

MISSING = "PgBouncer is not installed: `make pgbouncer` (or apt-get install pgbouncer)"


def program() -> str | None:
    """Return the path of the server, None where it is not installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


def version() -> tuple[int, ...]:
    """Return the installed version, as in ``(1, 21)``."""
    found = program()
    if found is None:
        return ()
    first = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return tuple(int(part) for part in first.split(".")[:2])


@contextmanager
def pooler(database_url: str, folder: Path, *, prepared: int = 0) -> Iterator[tuple[str, int]]:
    """Run PgBouncer in front of the server of a URL, and yield its host and port."""
    found = program()
    assert found is not None, MISSING
    target_of = {**psycopg.conninfo.conninfo_to_dict(database_url)}
    port = free_port()
    settings: dict[str, object] = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": 4,
        "server_round_robin": 1,  # the next transaction gets another connection whenever there is one
        "ignore_startup_parameters": "extra_float_digits,options",
        "logfile": folder / "pgbouncer.log",
        "pidfile": folder / "pgbouncer.pid",
    }
    if prepared:
        settings["max_prepared_statements"] = prepared
    wanted = {name: target_of[name] for name in ("host", "port", "user", "password") if name in target_of}
    target = " ".join(["* =", *(f"{name}={value}" for name, value in wanted.items())])
    config = folder / "pgbouncer.ini"
    lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
    config.write_text(f"[databases]\n{target}\n\n[pgbouncer]\n{lines}\n")
    command = [found, str(config)]
    if os.geteuid() == 0:
        shutil.chown(folder, POSTGRES_SYSTEM_USER)
        make_reachable(config)
        command[1:1] = ["-u", POSTGRES_SYSTEM_USER]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port, folder / "pgbouncer.log")
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PgBouncer did not start: {log.read_text() if log.exists() else 'no log'}")
        time.sleep(0.05)


__all__ = ["MISSING", "pooler", "program", "version"]
