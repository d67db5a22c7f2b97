"""Everything that a chaos run needs: servers of its own behind proxies, a fake GitHub, a small disk, the site."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from deploy.local_servers import LocalServers
from django_github_app.testing import FakeGitHub
from tests.model.trace import follow
from tests.support import services
from tests.support.site import ROOT, SECRET, Site

from .proxy import Proxy

LEASE = 4.0
# What in production takes half a minute takes seconds here, so that minutes of chaos hold hours of trouble.
IMPATIENT: dict[str, Any] = {
    "LEASE_SECONDS": LEASE,
    "SWEEP_INTERVAL": 1,
    "SWEEP_GRACE": 3,
    "RETRY_BACKOFF": 0.5,
    "RETRY_BACKOFF_MAX": 4,
    # Longer than the term of a lock whose holder was killed.
    "HANDLER_TIMEOUT": 90,
    "INBOX_TIMEOUT": 3,
    "SLOW_AFTER": 0.5,
    "MAX_ATTEMPTS": 3,
    # Chaos takes more workers down than any event does: none may be blamed for it.
    "MAX_LOST_LEASES": 1000,
    "API_TIMEOUT": 4,
    "CONTENT_PER_MINUTE": 0,
    "CONTENT_PER_HOUR": 0,
    "POINTS_PER_MINUTE": 0,
}
OLD_EVENTS = 2000


class World:
    """Started with ``with``; everything is gone afterwards."""

    def __init__(self, folder: Path, *, workers: int, old_events: int = OLD_EVENTS) -> None:
        self.folder = folder
        self.workers = workers
        self.old_events = old_events
        self._stack = contextlib.ExitStack()
        self.left_out: list[str] = []
        self.picture: dict[int, str] = {}
        """The old events as they were in the beginning."""
        # What is to be added to the machine's monotonic clock to get the time of day.
        self.clock_offset = time.time() - time.monotonic()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        (self.folder / "failed").mkdir()
        (self.folder / "calls").touch()
        self.github = self._stack.enter_context(FakeGitHub())
        self.servers = self._stack.enter_context(LocalServers(durable=True))
        database = self.servers.database_url
        socket = f"{parse_qs(urlsplit(database).query)['host'][0]}/.s.PGSQL.5432"
        self.postgres = self._proxy(socket)
        valkey = urlsplit(self.servers.valkey_url)
        self.valkey = self._proxy(str(valkey.hostname), str(valkey.port))
        disk = self._small_disk()
        self.clock_library = self._compile_clock()
        settings = "tests.chaos.settings"
        environment = {
            "DJANGO_SETTINGS_MODULE": settings,
            "CHAOS_FOLDER": str(self.folder),
            "CHAOS_DISK": str(disk),
            services.DATABASE_URL: f"postgres://postgres@127.0.0.1:{self.postgres.port}/github_app",
            services.BROKER_URL: f"redis://127.0.0.1:{self.valkey.port}/0",
            services.CACHE_URL: f"redis://127.0.0.1:{self.valkey.port}/1",
            "SYNC_CONCURRENCY": "2",
            "SOFT_SHUTDOWN_SECONDS": "4",
        }
        self._manage(environment, database, "migrate", "--verbosity=0")
        if self.old_events:
            self._manage(environment, database, "shell", "--command", self._make_old_events())
        follow(database)
        handlers = ["tests.chaos.handlers"]
        app = self.github.settings(
            WEBHOOK_SECRET=SECRET, HANDLERS={"sync": handlers, "async": handlers}, **IMPATIENT
        )
        self.site = Site(
            database,
            self.servers.valkey_url,
            "",
            self._logs(),
            app=app,
            environment=environment,
        )
        self._hurry("github: commands")
        self._stack.callback(self.site.stop)

    def manage(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a management command beside the site, on the server itself."""
        environment = {**self.site.environment, services.DATABASE_URL: self.site.database_url}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def old_picture(self) -> dict[int, str]:
        """Return a digest of each old event and its runs, by id; without what the backfill may add."""
        return {
            row["id"]: row["digest"]
            for row in self.site.rows(
                "SELECT e.id, md5(row(e.delivery, e.event, e.body, e.payload, e.status, e.received_at,"
                " e.attempts, e.lane, e.finished_at)::text || coalesce((SELECT string_agg(row(r.handler, r.position,"
                " r.status, r.attempts, r.error, r.traceback)::text, '|' ORDER BY r.id)"
                " FROM django_github_app_handlerrun r WHERE r.event_id = e.id), '')) AS digest"
                " FROM django_github_app_eventlog e WHERE e.received_at < now() - interval '10 days'"
            )
        }

    def processes(self) -> list[str]:
        """Return the names of the processes that are to run."""
        kinds = ("worker_sync", "worker_async")
        more = [f"{kind}.{number}" for number in range(2, self.workers + 1) for kind in kinds]
        return ["web", *kinds, *more, "beat"]

    def _proxy(self, *target: str) -> Proxy:
        proxy = Proxy(*target)
        self._stack.callback(proxy.close)
        return proxy

    def _logs(self) -> Path:
        logs = self.folder / "logs"
        logs.mkdir()
        return logs

    def _small_disk(self) -> Path:
        """Return a folder on a file system of two megabytes, or an ordinary one where nothing may be mounted."""
        disk = self.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "chaos", str(disk)]
        self.small_disk = (
            os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
        )
        if self.small_disk:
            self._stack.callback(
                lambda: subprocess.run(["umount", "-l", str(disk)], check=False, capture_output=True)
            )
        else:
            self.left_out.append("full disk (nothing may be mounted here)")
        return disk

    def _compile_clock(self) -> Path | None:
        """Return the library that sets a process's clock; None where there is no C compiler."""
        compiler, library = shutil.which("cc"), self.folder / "clock.so"
        if compiler is None:
            self.left_out.append("clock jumps (no C compiler)")
            return None
        source = str(Path(__file__).with_name("clock.c"))
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), source], check=True)
        return library

    def _manage(self, environment: dict[str, str], database: str, *arguments: str) -> None:
        from tests.support.site import base_environment

        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**base_environment(database), **environment, services.DATABASE_URL: database},
            check=True,
            capture_output=True,
        )

    def _make_old_events(self) -> str:
        return (
            "from tests.support.retention import varied_events;"
            f"varied_events({self.old_events}, days=(20, 21, 22), seed=7)"
        )

    def _hurry(self, schedule: str) -> None:
        self.site.rows(
            "UPDATE django_celery_beat_periodictask SET interval_id = (SELECT interval_id FROM"
            " django_celery_beat_periodictask WHERE name = 'github: sweep') WHERE name = %s RETURNING id",
            schedule,
        )
