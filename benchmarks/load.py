"""The load generator, a process of its own: ``python -m benchmarks.load URL …``; prints one JSON object.

Requests are built before the clock starts; sending one is two writes into a socket. It states its own CPU time, so
that a reader sees whether it, and not the server, was the limit.
"""

from __future__ import annotations

import asyncio
import json
import resource
import time
import uuid
from collections import deque
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import click
import uvloop

from . import corpus


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.load.ready(self)

    def send(self, request: tuple[bytes, bytes], due: float | None = None) -> None:
        # In an open loop the wait for a free connection belongs to the latency.
        self.sent = due if due is not None else time.perf_counter()
        self.transport.writelines(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        start = lower.find(b"content-length:")
        if start < 0:
            if b"chunked" in lower and not rest.endswith(b"0\r\n\r\n"):
                return
        elif len(rest) < int(lower[start + 15 : start + 35].split(b"\r\n")[0]):
            return
        self.buffer = b""
        self.load.answered(int(head[9:12]), time.perf_counter() - self.sent)
        if b"connection: close" in lower:
            self.transport.close()
        else:
            self.load.ready(self)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.load.over:
            asyncio.get_running_loop().create_task(self.load.connect())


class Load:
    """Sends for ``seconds`` (or ``count`` requests), as fast as answers come or at ``rate`` per second."""

    def __init__(self, url: str, samples: list[corpus.Sample], rate: float, log: bool) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.bodies = [self._prebuild(sample, parts.path) for sample in samples]
        self.rate = rate
        self.idle: deque[Connection] = deque()
        self.over = False
        self.measuring = False
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.all_statuses: dict[int, int] = {}
        self.sent = 0
        self.most = 1 << 60
        self.prefix = uuid.uuid4().hex[:20].encode()
        self.log: dict[str, float] | None = {} if log else None
        self.finished = asyncio.get_running_loop().create_future()

    def _prebuild(self, sample: corpus.Sample, path: str) -> tuple[bytes, bytes]:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nUser-Agent: GitHub-Hookshot/benchmark\r\n"
            f"Accept: */*\r\nContent-Type: application/json\r\nContent-Length: {len(sample.body)}\r\n"
            f"X-GitHub-Event: {sample.event}\r\nX-GitHub-Hook-ID: 1\r\n"
            "X-GitHub-Hook-Installation-Target-ID: 1\r\nX-GitHub-Hook-Installation-Target-Type: integration\r\n"
            f"X-Hub-Signature-256: {sample.signature}\r\nX-GitHub-Delivery: "
        )
        return head.encode(), b"\r\n\r\n" + sample.body

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Connection(self), self.host, self.port)

    def request(self) -> tuple[bytes, bytes]:
        head, tail = self.bodies[self.sent % len(self.bodies)]
        delivery = b"%s%012d" % (self.prefix, self.sent)
        if self.log is not None:
            self.log[delivery.decode()] = time.time()
        self.sent += 1
        return head + delivery, tail

    def ready(self, connection: Connection) -> None:
        if self.rate:
            self.idle.append(connection)
        elif not self.over and self.sent < self.most:
            connection.send(self.request())

    def answered(self, status: int, seconds: float) -> None:
        self.all_statuses[status] = self.all_statuses.get(status, 0) + 1
        if self.measuring:
            self.latencies.append(seconds)
            self.statuses[status] = self.statuses.get(status, 0) + 1
        if sum(self.all_statuses.values()) >= self.most and not self.finished.done():
            self.finished.set_result(None)

    async def pace(self) -> None:
        due = time.perf_counter()
        while not self.over:
            # Behind a server that cannot keep up this would never catch up.
            while due <= time.perf_counter() and not self.over:
                if not self.idle:
                    await asyncio.sleep(0.0005)
                    continue
                self.idle.popleft().send(self.request(), due)
                due += 1 / self.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def run(
    url: str, connections: int, seconds: float, warm_up: float, count: int, rate: float, seed: int, log: str
) -> dict[str, object]:
    load = Load(url, corpus.samples(600, seed), rate, bool(log))
    if count:
        load.most = count
    began_at = time.time()
    for _ in range(connections):
        await load.connect()
    pacing = asyncio.create_task(load.pace()) if rate else None
    if warm_up:
        await asyncio.sleep(warm_up)
    print("measuring", flush=True)
    load.measuring, started, cpu = True, time.perf_counter(), cpu_seconds()
    if count:
        await load.finished
    else:
        await asyncio.sleep(seconds)
    load.measuring = False
    elapsed, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    print("measured", flush=True)
    load.over = True
    if pacing is not None:
        await pacing
    deadline = time.perf_counter() + 15
    while sum(load.all_statuses.values()) < load.sent and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    if log:
        Path(log).write_text(json.dumps(load.log))
    latencies = sorted(load.latencies)
    good = sum(n for status, n in load.statuses.items() if status < 300)
    return {
        "acks_per_s": good / elapsed,
        "answers": {str(status): n for status, n in load.statuses.items()},
        "requests": len(latencies),
        "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": percentile(latencies, 0.99) * 1000,
        "client_cpu_share": cpu / elapsed,
        "all_acks": sum(n for status, n in load.all_statuses.items() if status < 300),
        "began_at": began_at,
        "seconds": elapsed,
    }


@click.command()
@click.argument("url")
@click.option("--connections", default=64)
@click.option("--seconds", default=5.0)
@click.option("--warm-up", default=1.0)
@click.option("--count", default=0, help="Send so many and stop, instead of --seconds.")
@click.option("--rate", default=0.0, help="Requests per second; 0: as fast as they are answered.")
@click.option("--seed", default=1)
@click.option("--log", default="", help="File for the times at which each delivery was sent.")
def main(**options: object) -> None:
    """Post signed deliveries to URL."""
    print(json.dumps(uvloop.run(run(**options))))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
