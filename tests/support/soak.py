"""A long, even load on the real site: nothing may grow. ``make soak MINUTES=30 RATE=200``.

Web, both worker types and beat run as the Procfile says, on a private PostgreSQL and Valkey and a fake GitHub. Each
second RATE deliveries and one command come in. Every few seconds the memory, threads and files of each process are
noted, and the sessions of PostgreSQL, the clients and keys of Valkey and the messages in its queues. The end is
compared with the time after the warm-up; what has grown is printed, and the exit code is 1.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import redis

from deploy.local_servers import LocalServers
from django_github_app.testing import FakeGitHub, payloads
from tests.support.site import ROOT, SECRET, Site, base_environment

MINUTES = float(os.environ.get("MINUTES", "30"))
RATE = float(os.environ.get("RATE", "200"))
SAMPLE_EVERY = 5.0
WARM_UP = 0.25
"""The part of the time that is not looked at: pools fill, caches and dictionaries are read."""
MOST_MEMORY = 1.1
SPARE = {
    "rss_mb": 3.0,
    "threads": 2.0,
    "files": 4.0,
    "sessions": 4.0,
    "clients": 4.0,
    "keys": 25.0,
    "queued": 50.0,
}
"""What may come on top of the tenth: a thread that is made when it is needed is no leak."""
CONVERSATIONS = 200
NOW_AND_THEN = "now and then"  # what the handlers fail with on purpose
EVENTS = ("push", "issues", "pull_request", "check_run", "star")

# Each of the processes for maintenance has done all of its work once before anything is looked at: which of them a
# task comes to is chance, and some come every five minutes only.
EVERYTHING = """
import django
django.setup()
from django_github_app.broker.schedules import schedules
from worker import celery_app
for _ in range(20):
    for schedule in schedules():
        celery_app.send_task(schedule.task)
"""

Sample = dict[str, float]


def family(site: Site) -> Iterator[tuple[str, psutil.Process]]:
    """Yield each process with a name that is the same at the next look."""
    for name, running in site.running.items():
        root = psutil.Process(running.process.pid)
        yield name, root
        for number, child in enumerate(sorted(root.children(recursive=True), key=lambda one: one.pid)):
            yield f"{name}/{number}", child


def memory_of(process: psutil.Process) -> float:
    """Return megabytes that are the process's own: what it shares with its parent counts in part (PSS)."""
    try:
        return float(process.memory_full_info().pss) / 2**20
    except AttributeError:
        return float(process.memory_info().rss) / 2**20


def sample(site: Site, valkey: redis.Redis) -> Sample:
    """Look at everything once."""
    found: Sample = {}
    for name, process in family(site):
        try:
            with process.oneshot():
                found[f"rss_mb {name}"] = memory_of(process)
                found[f"threads {name}"] = process.num_threads()
                found[f"files {name}"] = process.num_fds()
        except psutil.NoSuchProcess:
            continue
    (row,) = site.rows("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()")
    found["sessions"] = row["n"]
    info: Any = valkey.info()
    found["clients"] = info["connected_clients"]
    found["keys"] = sum(value["keys"] for key, value in info.items() if key.startswith("db"))
    found["queued"] = sum(
        int(valkey.llen(key)) for key in ("github.sync", "github.async", "github.maintenance", "celery")
    )
    return found


class Load:
    """Sends deliveries and commands at an even rate and counts the answers."""

    def __init__(self, site: Site, github: FakeGitHub) -> None:
        self.site, self.github = site, github
        self.answers: Counter[int] = Counter()
        self.installation = github.add_installation("octo", repositories=["octo/widgets"])
        self.number = itertools.count()
        self.bodies: dict[tuple[str, str, int], tuple[str, bytes]] = {}
        self.late = 0.0

    def request(self) -> tuple[str, bytes]:
        index = next(self.number)
        event, worker_type = EVENTS[index % len(EVENTS)], "sync" if index % 2 else "async"
        number = (
            index // len(EVENTS) % CONVERSATIONS + 1
        )  # in one conversation events run one after the other
        made = self.bodies.get((event, worker_type, number))
        if made is None:
            payload = payloads.build(
                event, number=number, repository="octo/widgets", installation=self.installation.id
            )
            made = self.bodies[event, worker_type, number] = self._as_sent(worker_type, event, payload)
        return made

    def command(self) -> tuple[str, bytes]:
        index = next(self.number)
        issue = self.github.repo("octo/widgets").issue(index % CONVERSATIONS + 1)
        payload = payloads.build(
            "issue_comment",
            "created",
            number=issue.number,
            repository="octo/widgets",
            installation=self.installation.id,
        )
        payload["comment"].update(id=10**6 + index, body=f"@{self.github.slug} build t{index}")
        return self._as_sent("async" if index % 2 else "sync", "issue_comment", payload)

    def _as_sent(self, worker_type: str, event: str, payload: dict[str, Any]) -> tuple[str, bytes]:
        """Return the head of a request without its delivery id, and its body: what costs time is made once."""
        made = self.site.request(worker_type, event, payload)
        address, body = urlsplit(made["url"]), made["content"]
        headers = {**made["headers"], "Host": address.netloc, "Content-Length": str(len(body))}
        del headers["X-GitHub-Delivery"]
        lines = [f"POST {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines), body

    async def run(self, seconds: float) -> None:
        address, pause, gate = urlsplit(self.site.url), 1 / RATE, asyncio.Semaphore(100)
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

        async def post(head: str, body: bytes) -> None:
            # An HTTP client takes as long for this as the whole site does, and would be most of what is measured.
            async with gate:
                request = f"{head}\r\nX-GitHub-Delivery: {uuid.uuid4()}\r\n\r\n".encode() + body
                while True:
                    used = bool(idle)
                    try:
                        reader, writer = (
                            idle.pop()
                            if used
                            else await asyncio.open_connection(address.hostname, address.port)
                        )
                        writer.write(request)
                        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).lower()
                        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
                        await reader.readexactly(length)
                    except (OSError, ValueError, EOFError) as error:
                        # Servers close connections that were idle for long, and HTTP clients then try another.
                        if used and isinstance(error, ConnectionError | EOFError):
                            continue
                        self.answers[0] += 1
                        return
                    self.answers[int(answer[9:12])] += 1
                    idle.append((reader, writer))
                    return

        tasks: set[asyncio.Task[None]] = set()
        began = due = time.monotonic()
        next_command = began
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.late = max(self.late, time.monotonic() - due)
            if due >= next_command:
                next_command += 1
                tasks.add(asyncio.create_task(post(*self.command())))
            tasks.add(asyncio.create_task(post(*self.request())))
            tasks = {task for task in tasks if not task.done()}
            due += pause
        await asyncio.gather(*tasks)
        for _, writer in idle:
            writer.close()


def trim(github: FakeGitHub) -> None:
    """Let the fake GitHub of this process forget what it was asked."""
    with github.lock:
        del github.requests[:]
        for issue in github.repo("octo/widgets").issues.values():
            del issue.comments[:-1]


async def soak(site: Site, github: FakeGitHub, valkey: redis.Redis) -> tuple[list[Sample], Load]:
    load = Load(site, github)
    seconds = MINUTES * 60
    running = asyncio.create_task(load.run(seconds))
    samples: list[Sample] = []
    began = time.monotonic()
    while not running.done():
        samples.append(await asyncio.to_thread(sample, site, valkey))
        trim(github)
        if len(samples) % 12 == 0:
            whole = sum(value for key, value in samples[-1].items() if key.startswith("rss_mb"))
            keys = {key: samples[-1][key] for key in ("sessions", "clients", "keys", "queued")}
            print(
                f"{time.monotonic() - began:6.0f} s  {dict(load.answers)}  {whole:.0f} MB  {keys}", flush=True
            )
        await asyncio.wait([running], timeout=SAMPLE_EVERY)
    await running
    return samples, load


def grown(samples: list[Sample]) -> list[str]:
    """Return a line for each thing that was more at the end than after the warm-up."""
    looked_at = samples[int(len(samples) * WARM_UP) :]
    quarter = max(1, len(looked_at) // 4)
    lines = []
    for name in sorted({key for one in looked_at for key in one}):
        first = [one[name] for one in looked_at[:quarter] if name in one]
        last = [one[name] for one in looked_at[-quarter:] if name in one]
        if not first or not last:
            continue
        before, after = statistics.median(first), statistics.median(last)
        too_much = after > before * MOST_MEMORY + SPARE[name.split()[0]]
        print(f"{'GROWN' if too_much else '     '}  {name:32} {before:10.1f} → {after:10.1f}")
        if too_much:
            lines.append(name)
    return lines


def main() -> int:
    # Its processes are in sessions of their own: whoever ends this one ends them too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with (
        tempfile.TemporaryDirectory() as directory,
        LocalServers() as servers,
        FakeGitHub() as github,
    ):
        handlers = ["tests.support.soaked_handlers"]
        github.limit_requests(100_000)  # GitHub's own is used up by a command a second
        # What fails on purpose fails five times: with ten seconds before the first retry that takes minutes.
        app = github.settings(
            WEBHOOK_SECRET=SECRET, HANDLERS={"sync": handlers, "async": handlers}, RETRY_BACKOFF=1
        )
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env=base_environment(servers.database_url),
            check=True,
        )
        site = Site(
            servers.database_url,
            servers.valkey_url,
            servers.valkey_url,
            Path(directory),
            app=app,
            sweep_every=5,
        )
        valkey = redis.Redis.from_url(site.broker_url)
        try:
            site.start()
            environment = {"DJANGO_SETTINGS_MODULE": "deploy.settings", **site.environment}
            subprocess.run([sys.executable, "-c", EVERYTHING], cwd=ROOT, env=environment, check=True)
            samples, load = asyncio.run(soak(site, github, valkey))
            site.wait_for(lambda: all(status >= 10 for status in site.statuses()), 120, "all events to end")
            lines = grown(samples)
            runs = site.rows("SELECT status, count(*) AS n FROM django_github_app_handlerrun GROUP BY status")
            failed = site.rows(
                "SELECT handler, error, count(*) AS n FROM django_github_app_handlerrun WHERE error IS NOT NULL "
                "GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20"
            )
        finally:
            site.stop()
            valkey.close()
        refused = sum(count for status, count in load.answers.items() if status not in (200, 202))
        print(json.dumps({"answers": load.answers, "runs": runs, "most_seconds_late": round(load.late, 2)}))
        if refused:
            print(f"{refused} deliveries were not taken")
        for row in failed:
            print(f"{row['n']} times {row['handler']}: {row['error']}")
        unforeseen = [row for row in failed if NOW_AND_THEN not in row["error"]]
        return 1 if lines or refused or unforeseen else 0


if __name__ == "__main__":
    raise SystemExit(main())
