"""Run the tests marked ``backends`` on SQLite, and the quick ones of them on each server that this machine runs.

The main run has them on PostgreSQL and Valkey already. What is not reachable is named, not skipped silently. With
``BACKENDS=short``, as in ``make test``, they run on SQLite and RabbitMQ alone: what the main run has nothing like.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import services

NO_TESTS_COLLECTED = 5


def run(name: str, environment: dict[str, str], marked: str) -> int:
    """Run the marked tests with some servers named in the environment; return pytest's exit code."""
    print(f"\n== models and inbox on {name} ==", flush=True)
    workers = os.environ.get("WORKERS", "auto")
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-m", marked]
    command += ["--durations=0", "--durations-min=5"]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def main() -> int:
    """Return 0 if every run passed."""
    postgres, redis, rabbitmq = (
        (services.DATABASE_URL, services.MACHINE_POSTGRES),
        (services.BROKER_URL, services.MACHINE_REDIS),
        (services.BROKER_URL, services.MACHINE_RABBITMQ),
    )
    codes = []
    with tempfile.TemporaryDirectory() as directory:
        sqlite = services.MachineService("SQLite", f"sqlite:///{Path(directory) / 'db.sqlite3'}")
        # Two runs cover five servers: each test meets every database once, and every broker.
        runs = [((services.DATABASE_URL, sqlite), rabbitmq), (postgres, redis)]
        for candidates in runs[:1] if os.environ.get("BACKENDS") == "short" else runs:
            environment = {}
            for variable, service in candidates:
                if service is sqlite or service.reachable:
                    environment[variable] = service
                else:
                    print(f"\n== not run: {service.missing} ==", flush=True)
            if environment:
                names = " and ".join(service.name for service in environment.values())
                # The long round trips of archives are made on each kind of database once.
                on_sqlite = sqlite in environment.values()
                marked = "backends" if on_sqlite else "backends and not slow"
                codes.append(run(names, {name: service.url for name, service in environment.items()}, marked))
    if NO_TESTS_COLLECTED in codes:
        print("no test is marked `backends`", file=sys.stderr)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
