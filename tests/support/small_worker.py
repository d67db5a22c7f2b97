"""A Celery worker with our settings, as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import redis
from celery import Celery

from tests.support.site import ROOT


class Worker:
    """A worker of `small_celery`, or what ``command`` starts.

    Notes are kept in ``notes_url``, a Redis. ``settings`` are more of Django's. Queues have names of their own:
    RabbitMQ may be the machine's.
    """

    def __init__(
        self,
        pool: str,
        broker_url: str,
        notes_url: str,
        log: Path,
        *options: str,
        command: Sequence[str] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.log = log
        self.client = redis.Redis.from_url(notes_url, decode_responses=True)
        self.prefix = f"test-{uuid.uuid4().hex[:12]}"
        self.busy, self.maintenance = f"{self.prefix}.busy", f"{self.prefix}.maintenance"
        self.app = Celery("sender", broker=broker_url, set_as_current=False, fixups=[])
        queue_type = (settings or {}).get("CELERY_TASK_DEFAULT_QUEUE_TYPE", "classic")
        self.app.conf.task_default_queue_type = queue_type
        arguments = command or [
            *("celery", "-A", "tests.support.small_celery", "worker", "--pool", pool, "--concurrency", "2"),
            *("--queues", f"{self.busy},{self.maintenance}", "--hostname", "own@%h", "--loglevel", "INFO"),
        ]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments, *options],
                cwd=ROOT,
                env={
                    **os.environ,
                    "SMALL_BROKER_URL": broker_url,
                    "SMALL_NOTES_URL": notes_url,
                    "SMALL_PREFIX": self.prefix,
                    "SMALL_SETTINGS": json.dumps(dict(settings or {})),
                    "REMAP_SIGTERM": "SIGQUIT",
                    "DJANGO_SETTINGS_MODULE": "tests.support.small_settings",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait(lambda: " ready." in log.read_text(), "the worker")
        except AssertionError:
            self.end()
            raise

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            code = self.process.poll()
            assert code is None, f"the worker ended with {code}\n{self.log.read_text()[-4000:]}"
            assert time.monotonic() < deadline, f"waited for {what}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.05)

    def send(self, task: str, queue: str, *args: Any) -> None:
        """Send a task; here, only its name is known."""
        self.app.send_task(task, args=args, queue=queue)

    def notes(self) -> list[str]:
        found: Any = self.client.lrange("notes", 0, -1)
        return list(found)

    def maintain(self) -> int:
        """Send a maintenance task until one is run, and return the process that ran it.

        Again and again: what Redis hands to a process at the moment in which it is killed comes back much later.
        """
        before = len([one for one in self.notes() if one.startswith("maintained")])
        sent = 0.0

        def maintained() -> bool:
            nonlocal sent
            if time.monotonic() - sent > 3:
                self.send("small.maintain", self.maintenance)
                sent = time.monotonic()
            return len([n for n in self.notes() if n.startswith("maintained")]) > before

        self.wait(maintained, "maintenance")
        return int(self.notes()[-1].split()[1])

    def end(self) -> None:
        """End everything, and leave no queue behind on a server that others use."""
        self.client.close()
        with self.app.connection_for_write() as connection, contextlib.suppress(Exception):
            channel: Any = connection.default_channel
            for name in (self.busy, self.maintenance):
                channel.queue_delete(name)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
