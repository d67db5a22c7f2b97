"""A site whose processes are of two versions: ``web.old.1`` is started from the other version's tree."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from honcho import environ

from deploy.local_servers import LocalServers, free_port
from django_github_app.testing import FakeGitHub
from tests.chaos.world import IMPATIENT
from tests.chaos.world import World as ChaosWorld
from tests.model.trace import follow
from tests.support import services
from tests.support.site import ROOT, SECRET, Site, base_environment

from . import other

PROJECT = Path(__file__).with_name("project")
OLD, NEW = "old", "new"


class VersionsSite(Site):
    """Deliveries go to those web processes that a balancer would send them to: ``balanced``."""

    def __init__(self, trees: Mapping[str, Path], seed: int, *arguments: Any, **more: Any) -> None:
        self.trees = trees
        self.balanced: list[str] = []
        self._ports: dict[str, int] = {}
        self._chance = random.Random(seed)
        super().__init__(*arguments, **more)

    def root_of(self, name: str) -> Path:
        return self.trees[version_of(name)]

    def program(self, name: str) -> list[str]:
        commands = environ.parse_procfile((self.root_of(name) / "Procfile").read_text()).processes
        return ["/bin/sh", "-c", commands[name.partition(".")[0]]]

    def url_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def spawn(self, name: str, **environment: str) -> None:
        more = environment_of(self.root_of(name), version_of(name))
        if name.startswith("web"):
            self._ports[name] = free_port()
            more["PORT"] = str(self._ports[name])
        super().spawn(name, **more, **environment)

    def request(
        self, worker_type: str, event: str, payload: Mapping[str, Any], delivery: str | None = None
    ) -> dict[str, Any]:
        request = super().request(worker_type, event, payload, delivery)
        chosen = self.url_of(self._chance.choice(self.balanced))
        return {**request, "url": request["url"].replace(self.url, chosen)}


def version_of(name: str) -> str:
    return name.split(".")[1]


def environment_of(tree: Path, version: str) -> dict[str, str]:
    """Return what has a process import a tree, and the project's handlers of that version."""
    return {
        "PYTHONPATH": f"{tree / 'src'}:{tree}:{PROJECT}",
        "PROJECT": "after" if version == NEW else "before",
    }


class World(ChaosWorld):
    """Servers, the other version's tree and schema; everything is gone afterwards."""

    def __init__(self, folder: Path, ref: str, *, seed: int) -> None:
        super().__init__(folder, workers=1, old_events=0)
        self.ref = ref
        self.killed: list[str] = []
        self.seed = seed

    def _start(self) -> None:
        (self.folder / "failed").mkdir()
        (self.folder / "calls").touch()
        self.trees = {OLD: other.unpack(self.ref, self.folder / "before"), NEW: ROOT}
        self.github = self._stack.enter_context(FakeGitHub())
        self.servers = self._stack.enter_context(LocalServers(durable=True))
        self.migrate(OLD)
        handlers = ["bot_handlers"]
        app = self.github.settings(
            WEBHOOK_SECRET=SECRET, HANDLERS={"sync": handlers, "async": handlers}, **IMPATIENT
        )
        self.site: VersionsSite = VersionsSite(
            self.trees,
            self.seed,
            self.servers.database_url,
            self.servers.valkey_url,
            "",
            self._logs(),
            app=app,
            environment={
                "CHAOS_FOLDER": str(self.folder),
                "SYNC_CONCURRENCY": "2",
                "SOFT_SHUTDOWN_SECONDS": "6",
            },
        )
        self._stack.callback(self.site.stop)
        follow(self.servers.database_url)

    def migrate(self, version: str) -> float:
        """Migrate to a version's schema as its release step does; return how many seconds it took."""
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=self.trees[version],
            env={
                **base_environment(self.servers.database_url),
                **environment_of(self.trees[version], version),
                services.BROKER_URL: f"{self.servers.valkey_url}/0",
                "CHAOS_FOLDER": str(self.folder),
            },
            check=True,
            capture_output=True,
        )
        return time.monotonic() - began

    def start(self, *names: str) -> None:
        """Start processes; a web process gets deliveries once it says that it is ready for them."""
        self.site.start(*names)
        for name in names:
            if name.startswith("web"):
                self.site.wait_for(partial(self.is_ready, name), 60, f"{name} to be ready")
                self.site.balanced.append(name)

    def stop(self, *names: str) -> None:
        """End processes in good order, as a platform does: a web process gets nothing new before."""
        for name in names:
            if name in self.site.balanced:
                self.site.balanced.remove(name)
                time.sleep(0.5)
        for name in names:
            try:
                self.site.kill(name, signal.SIGTERM)
            except subprocess.TimeoutExpired:
                self.killed.append(name)  # by its platform, after half a minute

    def is_ready(self, name: str) -> bool:
        try:
            return self.readiness(name)[0] == 200
        except httpx.TransportError:  # not yet, on a busy machine
            return False

    def readiness(self, name: str) -> tuple[int, str]:
        """Return what a web process answers to whoever asks whether deliveries may be sent to it."""
        answer = httpx.get(f"{self.site.url_of(name)}/github/readyz", timeout=10, trust_env=False)
        return answer.status_code, answer.text
