"""Web, workers, PostgreSQL and broker on a host each, and GitHub outside."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django_github_app.testing import FakeGitHub
from tests.chaos.world import IMPATIENT
from tests.chaos.world import World as ChaosWorld
from tests.model.trace import follow
from tests.support import services
from tests.support.site import ROOT, SECRET, Site

from .network import Network, network, wait_for
from .servers import PORT, VALKEY_PORT, valkey

WEB_PORT = 8000
PROCESSES = {
    "web1": ("web",),
    "web2": ("web",),
    "work1": ("worker_sync", "worker_async", "beat"),
    "work2": ("worker_sync", "worker_async"),
    "db": (),
    "broker": (),
}
"""The hosts, and what of the Procfile runs on each. There is one beat."""
CLOCKS = {"work2": 420}
"""Whose clock is off, and by how many seconds."""


class HostsSite(Site):
    """A site whose process ``web.web1`` runs on the host ``web1``; deliveries go to any of the web hosts."""

    def __init__(self, world: World, database_url: str, directory: Path, **more: Any) -> None:
        self.world = world
        self.chance = random.Random(world.seed)
        super().__init__(database_url, "", "", directory, **more)

    def spawn(self, name: str, **environment: str) -> None:
        super().spawn(name, **self.world.environment_of(name.partition(".")[2]), **environment)

    def program(self, name: str) -> list[str]:
        return self.world.network.hosts[name.partition(".")[2]].command(super().program(name))

    def url_of(self, name: str) -> str:
        address, port = self.world.network.way("", name.partition(".")[2], WEB_PORT)
        return f"http://{address}:{port}"

    def request(
        self, worker_type: str, event: str, payload: Mapping[str, Any], delivery: str | None = None
    ) -> dict[str, Any]:
        request = super().request(worker_type, event, payload, delivery)
        webs = [self.url_of(name) for name in self.world.processes() if name.startswith("web")]
        return {**request, "url": request["url"].replace(self.url, self.chance.choice(webs))}


class World(ChaosWorld):
    """Started with ``with``; everything is gone afterwards."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        lease: float,
        hosts: Mapping[str, Sequence[str]] = PROCESSES,
        clocks: Mapping[str, int] = CLOCKS,
        namespaces: bool | None = None,
    ) -> None:
        super().__init__(folder, workers=1, old_events=0)
        self.seed = seed
        self.lease = lease
        self.of_host = hosts
        self.clocks = dict(clocks)
        self._namespaces = namespaces

    def _start(self) -> None:
        (self.folder / "failed").mkdir()
        (self.folder / "calls").touch()
        self.network: Network = network(list(self.of_host), namespaces=self._namespaces)
        self._stack.callback(self.network.close)
        self.left_out += self.network.left_out
        self.github = self._stack.enter_context(FakeGitHub(host=self.network.outside))
        # Ten events a second are more than GitHub lets one installation ask for in an hour: not what is tried here.
        self.github.limit_requests(10**6)
        self.clock_library = self._compile_clock()
        self._logs()
        database = self._postgres()
        self._valkey()
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "CHAOS_FOLDER": str(self.folder),
            "SYNC_CONCURRENCY": "2",
            "ASYNC_CONCURRENCY": "4",
            "SOFT_SHUTDOWN_SECONDS": "4",
        }
        self._manage(environment, database, "migrate", "--verbosity=0")
        follow(database)
        handlers = ["tests.chaos.handlers"]
        app = self.github.settings(
            WEBHOOK_SECRET=SECRET,
            HANDLERS={"sync": handlers, "async": handlers},
            **{**IMPATIENT, "LEASE_SECONDS": self.lease},
        )
        self.site = HostsSite(self, database, self.folder / "logs", app=app, environment=environment)
        self._hurry("github: commands")
        self._stack.callback(self.site.stop)

    def processes(self) -> list[str]:
        return [f"{kind}.{host}" for host, kinds in self.of_host.items() for kind in kinds]

    def worker_types(self) -> list[str]:
        """Return the kinds of worker that some host runs."""
        kinds = {name.partition(".")[0] for name in self.processes()}
        return [kind for kind in ("sync", "async") if f"worker_{kind}" in kinds]

    def environment_of(self, host: str) -> dict[str, str]:
        """Return what is different on this host: its ways to the servers, its clock, its temporary files."""
        database, broker = (
            ":".join(map(str, self.network.way(host, end, port)))
            for end, port in (("db", PORT), ("broker", VALKEY_PORT))
        )
        temporary = self.folder / "tmp" / host
        temporary.mkdir(parents=True, exist_ok=True)
        found = {
            services.DATABASE_URL: f"postgres://postgres@{database}/github_app",
            services.BROKER_URL: f"redis://{broker}/0",
            services.CACHE_URL: f"redis://{broker}/1",
            "HOST": self.network.hosts[host].address,
            "PORT": str(WEB_PORT),
            "ALLOWED_HOSTS": "*",
            "TMPDIR": str(temporary),
        }
        if host in self.clocks and self.clock_library is not None:
            clock = self.folder / f"clock-{host}"
            clock.write_text(str(self.clocks[host]))
            found |= {"LD_PRELOAD": str(self.clock_library), "CHAOS_CLOCK": str(clock)}
        return found

    def look(self) -> Mapping[str, int]:
        """Return how many events there are, and how many of them are over."""
        (row,) = self.site.rows(
            "SELECT count(*) AS stored, count(*) FILTER (WHERE status >= 10) AS over"
            " FROM django_github_app_eventlog"
        )
        return row

    def _postgres(self) -> str:
        host = self.network.hosts["db"]
        program = [sys.executable, "-m", "tests.multihost.servers", str(self.folder), host.address]
        server = self._serve("db", program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        assert url, (self.folder / "logs" / "server-db.log").read_text()
        wait_for(self.network.way("", "db", PORT))
        return url

    def _valkey(self) -> None:
        (self.folder / "valkey").mkdir()
        self._serve("broker", valkey(self.folder / "valkey", self.network.hosts["broker"].address))
        wait_for(self.network.way("", "broker", VALKEY_PORT))

    def _serve(self, host: str, program: Sequence[str], **more: Any) -> subprocess.Popen[bytes]:
        with (self.folder / "logs" / f"server-{host}.log").open("wb") as log:
            server = subprocess.Popen(
                self.network.hosts[host].command(program),
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(self.folder)},
                start_new_session=True,
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **more},
            )
        self._stack.callback(_stop, server)
        return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Let a server end by itself when its input closes, else kill it; a namespace's processes end with it."""
    try:
        if server.stdin is not None:
            server.stdin.close()
            server.wait(20)
        else:
            server.terminate()
            server.wait(1)
    except subprocess.TimeoutExpired:
        pass
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
