"""Processing: a backlog, a full load end to end, a steady load, and handlers that wait for GitHub."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import redis

from . import corpus
from .receivers import OURS, RECEIVERS, UVICORN
from .stand import Loading, Running, Stand, celery

NAIVE_QUEUE = "celery"
WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'"  # bytes of WAL
FINISHED = 10  # EventStatus.DONE and what follows it
SLOW_API = ["python", "-m", "benchmarks.site.slow_api", "{port}"]


def ours(kind: str) -> list[list[str]]:
    """Return the commands of two worker processes of a worker type."""
    if kind == "sync":
        return [celery("github.sync", "--pool", "prefork", "--concurrency", "2")]
    return [celery("github.async", "--pool", "threads", "--concurrency", "8", number=n) for n in (1, 2)]


NAIVE_POOLS = {
    "prefork 2": ([celery(NAIVE_QUEUE, "--pool", "prefork", "--concurrency", "2")], "0"),
    "prefork 2, connections kept": ([celery(NAIVE_QUEUE, "--pool", "prefork", "--concurrency", "2")], "1"),
    "2 times threads 4, connections kept": (
        [celery(NAIVE_QUEUE, "--pool", "threads", "--concurrency", "4", number=n) for n in (1, 2)],
        "1",
    ),
}


@contextlib.contextmanager
def naive_workers(stand: Stand, pool: str) -> Iterator[list[Running]]:
    commands, reuse = NAIVE_POOLS[pool]
    with stand.workers(commands, BENCH_NAIVE="1", BENCH_REUSE=reuse) as running:
        yield running


def store_ours(
    worker_type: str,
    count: int,
    seed: int = 1,
    installation: int | None = None,
    guids: Iterator[str] | None = None,
) -> list[int]:
    """Store ``count`` events as the inbox does, without publishing them; return their ids."""
    from django_github_app import deliveries
    from django_github_app.sql.intake import NewEvent, StoredEvent, record

    samples = corpus.samples(600, seed, installation=installation)
    ids: list[int] = []
    secret = [corpus.SECRET.encode()]
    for start in range(0, count, 100):
        batch = []
        for number in range(start, min(count, start + 100)):
            sample = samples[number % len(samples)]
            headers = {
                "content-type": "application/json",
                "x-github-event": sample.event,
                "x-github-delivery": next(guids) if guids else f"{worker_type}-{seed}-{number}",
                "x-hub-signature-256": sample.signature,
            }
            made = deliveries.parse(headers, sample.body, secret)
            batch.append(NewEvent(made, worker_type, made.lane))
        ids += [result.id for result in record(batch) if isinstance(result, StoredEvent)]
    return ids


def backlog_ours(
    stand: Stand, kind: str, count: int, installation: int | None = None, **environment: str
) -> dict[str, Any]:
    """Measure how fast two worker processes empty a backlog of trivial events."""
    from django_github_app.broker import publisher

    stand.clear()
    ids = store_ours(kind, count, installation=installation)
    with stand.workers(ours(kind), **environment) as workers:
        publisher.publish(
            [(kind, pk) for pk in store_ours(kind, 4, 9, installation)]
        )  # handlers imported, plans made
        _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 4, workers)
        return _emptied(
            stand,
            workers,
            count,
            lambda: publisher.publish([(kind, pk) for pk in ids]),
            f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED}",
            f"SELECT extract(epoch FROM max(finished_at)) FROM {OURS}",
        )


def backlog_naive(stand: Stand, pool: str, count: int) -> dict[str, Any]:
    from benchmarks.site.naive.models import WebhookEvent

    stand.clear()
    samples = corpus.samples(600)
    payloads = [json.loads(sample.body) for sample in samples]
    ids: list[int] = []
    for start in range(0, count + 4, 500):
        made = [
            WebhookEvent(
                delivery=str(n), event=samples[n % 600].event, action=payloads[n % 600].get("action"),
                payload=payloads[n % 600],
            )
            for n in range(start, min(count + 4, start + 500))
        ]  # fmt: skip
        ids += [row.pk for row in WebhookEvent.objects.bulk_create(made)]
    with naive_workers(stand, pool) as workers:
        publish_naive(stand, ids[count:])
        _wait(stand, "SELECT count(*) FROM naive_webhookevent WHERE status = 'done'", 4, workers)
        return _emptied(
            stand,
            workers,
            count,
            lambda: publish_naive(stand, ids[:count]),
            "SELECT count(*) FROM naive_webhookevent WHERE status = 'pending'",
            "SELECT extract(epoch FROM max(processed_at)) FROM naive_webhookevent",
        )


def publish_naive(stand: Stand, ids: Sequence[int]) -> None:
    from celery import Celery

    app = Celery("publisher", broker=stand.broker_url, set_as_current=False)
    with app.producer_pool.acquire(block=True) as producer:
        for pk in ids:
            app.send_task("benchmarks.site.naive.tasks.process", args=(pk,), producer=producer)


def _emptied(
    stand: Stand, workers: Sequence[Running], count: int, publish: Any, remaining: str, last: str
) -> dict[str, Any]:
    with stand.sql as connection:
        connection.execute("ANALYZE")
    # Published before the workers may begin: a stopped consumer is what makes it a backlog.
    for worker in workers:
        _signal(worker, "STOP")
    publish()
    app, postgres = sum(w.cpu() for w in workers), stand.postgres_cpu()
    started = time.time()
    for worker in workers:
        _signal(worker, "CONT")
    deadline = time.monotonic() + 300
    while stand.value(remaining) and time.monotonic() < deadline:
        time.sleep(0.25)
    app, postgres = sum(w.cpu() for w in workers) - app, stand.postgres_cpu() - postgres
    left = stand.value(remaining)
    if left:
        raise RuntimeError(f"{left} events are left:\n{workers[0].log.read_text()[-2000:]}")
    elapsed = float(stand.value(last)) - started
    return {
        "events_per_s": count / elapsed,
        "app_us": app / count * 1e6,
        "postgres_us": postgres / count * 1e6,
        "seconds": elapsed,
    }


def _signal(worker: Running, name: str) -> None:
    import os
    import signal

    os.killpg(worker.process.pid, getattr(signal, f"SIG{name}"))


def _wait(stand: Stand, sql: str, wanted: int, workers: Sequence[Running], timeout: float = 120) -> None:
    deadline = time.monotonic() + timeout
    while stand.value(sql) < wanted:
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited for {sql}:\n{workers[0].log.read_text()[-3000:]}")
        time.sleep(0.05)


def end_to_end(stand: Stand, key: str, count: int, pool: str = "") -> dict[str, Any]:
    """Post ``count`` deliveries as fast as they are answered while workers run; measure until all are recorded."""
    receiver = next(receiver for receiver in RECEIVERS if receiver.key == key)
    naive = key.startswith("naive")
    stand.clear()
    with contextlib.ExitStack() as stack:
        workers = stack.enter_context(
            naive_workers(stand, pool)
            if naive
            else stand.workers(ours("sync" if "/sync/" in receiver.path else "async"))
        )
        running, url = stack.enter_context(
            stand.server(receiver.key, receiver.command, **receiver.environment)
        )
        warm = Loading(stand, url + receiver.path, count=20, connections=4, warm_up=0, seed=5)
        warm.measure(running)
        finished = (
            "SELECT count(*) FROM naive_webhookevent WHERE status = 'done'"
            if naive
            else f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}"
        )
        _wait(stand, finished, 20, workers)
        watched = [running, *workers]
        app, postgres = sum(w.cpu() for w in watched), stand.postgres_cpu()
        written = int(stand.value(WRITTEN))
        load = Loading(stand, url + receiver.path, count=count, connections=64, warm_up=0)
        result = load.measure(running)
        _wait(stand, finished, 20 + count, workers, timeout=300)
        app, postgres = sum(w.cpu() for w in watched) - app, stand.postgres_cpu() - postgres
        last = (
            "SELECT extract(epoch FROM max(processed_at)) FROM naive_webhookevent"
            if naive
            else f"SELECT extract(epoch FROM max(finished_at)) FROM {OURS}"
        )
        elapsed = float(stand.value(last)) - result["began_at"]
        written = int(stand.value(WRITTEN)) - written
    return {
        "events_per_s": count / elapsed,
        "app_us": app / count * 1e6,
        "postgres_us": postgres / count * 1e6,
        "wal_bytes": written / count,
        "acks_per_s": result["acks_per_s"],
    }


def steady(stand: Stand, rate: float, seconds: float) -> dict[str, Any]:
    """Post ``rate`` deliveries per second; return the time from POST to the recorded end, p50 and p99."""
    stand.clear()
    log = stand.directory / "sent.json"
    with (
        stand.workers(ours("async")) as workers,
        stand.server("fast", [*UVICORN, "benchmarks.site.asgi:application"]) as (running, url),
    ):
        path = url + "/fast/async/"
        Loading(stand, path, count=50, connections=8, warm_up=0, seed=5).measure(running)
        result = Loading(
            stand, path, rate=rate, seconds=seconds, warm_up=1, connections=32, log=str(log)
        ).measure(running)
        sent = json.loads(Path(log).read_text())
        _wait(
            stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 50 + result["all_acks"], workers
        )
    with stand.sql as connection:
        rows = connection.execute(f"SELECT delivery, extract(epoch FROM finished_at) FROM {OURS}").fetchall()
    begin = min(sent.values()) + 1
    took = sorted(float(done) - sent[d] for d, done in rows if d in sent and sent[d] >= begin)
    return {
        "rate": rate,
        "events": len(took),
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "ack_p50_ms": result["p50_ms"],
        "ack_p99_ms": result["p99_ms"],
    }


def waiting(stand: Stand, kind: str, count: int) -> dict[str, Any]:
    """As `backlog_ours`, with handlers that ask an API something that takes 100 ms."""
    with stand.server("slow-api", SLOW_API) as (_, url):
        redis.Redis.from_url(stand.environment["BENCH_CACHE_URL"]).flushdb()
        environment = {
            "BENCH_HANDLERS": "benchmarks.site.slow_handlers",
            "BENCH_AHANDLERS": "benchmarks.site.slow_ahandlers",
            "BENCH_GITHUB_APP": json.dumps({"API_URL": url}),
        }
        return backlog_ours(stand, kind, count, 4242, **environment)
