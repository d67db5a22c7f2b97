"""Throughput while something weighs on the database, as a ratio to the same workers' undisturbed: `make pressure`.

    python -m benchmarks.bench_pressure [--seconds 20] [--history 100000] [--scenario NAME …] [--output FILE]

For each scenario two worker processes are kept busy: before, while it lasts, and after. Beside them, on the same
servers and for the same scenario, the Celery view that people write by hand. What is compared is the number of
events that are recorded as done in each window; at the end everything that was stored must be done.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from . import corpus
from .receivers import OURS
from .stand import Running, Stand
from .workers import FINISHED, naive_workers, ours, publish_naive, store_ours

BACKLOG = 1_000
NAIVE = "naive_webhookevent"
WORKERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
)

# Scenarios


@contextlib.contextmanager
def _meanwhile(work: Callable[[threading.Event], object]) -> Iterator[None]:
    """Run something on a thread of its own until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


@contextlib.contextmanager
def idle_in_transaction(stand: Stand, table: str) -> Iterator[None]:
    """A session holds a snapshot: no version that dies from now on can be removed."""
    with psycopg.connect(stand.database_url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
        yield


@contextlib.contextmanager
def long_readers(stand: Stand, table: str) -> Iterator[None]:
    """Two sessions read the whole table again and again."""

    def read(stop: threading.Event) -> None:
        with psycopg.connect(stand.database_url, autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(f"SELECT count(*), max(length(t::text)) FROM {table} t")

    with _meanwhile(read), _meanwhile(read):
        yield


@contextlib.contextmanager
def no_connection_left(stand: Stand, table: str) -> Iterator[None]:
    """Others hold every connection that the server gives to ordinary users; those of workers that stand stay."""
    with stand.sql as connection:
        connection.execute("DROP ROLE IF EXISTS crowd")
        connection.execute("CREATE ROLE crowd LOGIN")
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                url = stand.database_url.replace("postgres@", "crowd@", 1)
                stack.enter_context(psycopg.connect(url, autocommit=True))
        yield


@contextlib.contextmanager
def backend_kills(stand: Stand, table: str) -> Iterator[None]:
    """Each second every connection of the workers is terminated."""

    def kill(stop: threading.Event) -> None:
        while not stop.wait(1):
            with stand.sql as connection:
                connection.execute(WORKERS)

    with _meanwhile(kill):
        yield


@contextlib.contextmanager
def restarts(stand: Stand, table: str) -> Iterator[None]:
    """PostgreSQL is stopped at once and started again every seven seconds."""

    def restart(stop: threading.Event) -> None:
        while not stop.wait(7):
            stand.servers.restart_postgres()

    with _meanwhile(restart):
        yield


SCENARIOS = {
    "idle in transaction": idle_in_transaction,
    "long readers": long_readers,
    "no connection left": no_connection_left,
    "backend kills": backend_kills,
    "restarts": restarts,
}

# Systems


class Ours:
    name = "this package"
    table = OURS
    open = f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED}"
    done = f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}"

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.fed = 0

    @contextlib.contextmanager
    def workers(self) -> Iterator[list[Running]]:
        beat = ["celery", "-A", "benchmarks.site", "beat", "--loglevel", "WARNING"]
        app = json.dumps({"SWEEP_INTERVAL": 1, "SWEEP_GRACE": 3, "LEASE_SECONDS": 5})
        with self.stand.workers(ours("async"), BENCH_GITHUB_APP=app) as running:
            sweeper = self.stand.spawn("beat", [*beat, "--schedule", str(self.stand.directory / "beat")])
            try:
                yield running
            finally:
                sweeper.stop()

    def feed(self, count: int) -> None:
        from django_github_app.broker import publisher

        self.fed += count
        ids = store_ours("async", count, guids=(str(uuid.uuid4()) for _ in range(count)))
        publisher.publish([("async", pk) for pk in ids])

    def fill(self, rows: int) -> None:
        """Put finished events into the table: a history."""
        with self.stand.sql as connection:
            connection.execute(
                f"INSERT INTO {OURS} (event, delivery, hook_id, received_at, finished_at, status, worker_type, body)"
                f" SELECT 'issues', 'old-' || n, 1, now() - interval '9 days', now() - interval '9 days', 10,"
                f" 'async', decode(repeat('00', 600), 'hex') FROM generate_series(1, {rows}) n"
            )


class Naive(Ours):
    name = "plain Celery"
    table = NAIVE
    open = f"SELECT count(*) FROM {NAIVE} WHERE status = 'pending'"
    done = f"SELECT count(*) FROM {NAIVE} WHERE status = 'done'"

    @contextlib.contextmanager
    def workers(self) -> Iterator[list[Running]]:
        with naive_workers(self.stand, "2 times threads 4, connections kept") as running:
            yield running

    def feed(self, count: int) -> None:
        from benchmarks.site.naive.models import WebhookEvent

        samples = corpus.samples(600)
        made = [
            WebhookEvent(
                delivery=str(self.fed + n),
                event=samples[n % 600].event,
                payload=json.loads(samples[n % 600].body),
            )
            for n in range(count)
        ]
        self.fed += count
        publish_naive(self.stand, [row.pk for row in WebhookEvent.objects.bulk_create(made)])

    def fill(self, rows: int) -> None:
        with self.stand.sql as connection:
            connection.execute(
                f"INSERT INTO {NAIVE} (delivery, event, payload, status, received_at) SELECT 'old-' || n, 'issues',"
                f" '{{}}', 'done', now() FROM generate_series(1, {rows}) n"
            )


def measure(system: Ours, scenario: str, seconds: float) -> dict[str, Any]:
    """Return events per second before, during and after a scenario, and what is left when nothing more comes."""
    stand, weight = system.stand, SCENARIOS[scenario]
    with system.workers():
        system.feed(100)
        _window(system, 3)
        before = _window(system, seconds)
        with weight(stand, system.table):
            during = _window(system, seconds)
        _window(system, 5)  # leases of what was lost expire meanwhile
        after = _window(system, seconds)
        deadline = time.monotonic() + 90
        while _ask(stand, system.open) and time.monotonic() < deadline:
            time.sleep(0.5)
        left = _ask(stand, system.open)
    return {
        "system": system.name, "scenario": scenario, "before": before, "during": during, "after": after,
        "held": during / before, "recovered": after / before, "left": left, "events": system.fed,
    }  # fmt: skip


def _window(system: Ours, seconds: float) -> float:
    """Keep a backlog for a while; return how many events were done a second."""
    first, began = _ask(system.stand, system.done), time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if _ask(system.stand, system.open) < BACKLOG:
                system.feed(BACKLOG // 2)
            else:
                time.sleep(0.05)
        except Exception:  # the scenario strikes whoever feeds, too
            from django.db import connection

            connection.close()
            time.sleep(0.1)
    return (_ask(system.stand, system.done) - first) / (time.monotonic() - began)


def _ask(stand: Stand, query: str) -> int:
    deadline = time.monotonic() + 30
    while True:
        try:
            return int(stand.value(query))
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def table_of(results: list[dict[str, Any]]) -> str:
    lines = [
        "| scenario | system | events/s before | during ÷ before | after ÷ before | never done |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['scenario']} | {r['system']} | {r['before']:.0f} | {r['held']:.2f} | {r['recovered']:.2f}"
        f" | {r['left']} of {r['events']} |"
        for r in results
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of each window")
    parser.add_argument("--history", type=int, default=100_000, help="finished rows that are there before")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    parser.add_argument("--output", type=Path, help="file for the results, as JSON")
    options = parser.parse_args()
    stand, results = Stand(), []
    try:
        stand.use_here()
        for scenario in options.scenario or SCENARIOS:
            pair: list[type[Ours]] = [Ours, Naive]
            random.shuffle(pair)  # whoever comes second finds a warm machine
            for kind in pair:
                stand.clear()
                system = kind(stand)
                system.fill(options.history)
                with stand.sql as connection:
                    connection.execute(f"VACUUM ANALYZE {system.table}")
                results.append(measure(system, scenario, options.seconds))
                print(json.dumps(results[-1]), flush=True)
    finally:
        stand.close()
    print(table_of(results))
    if options.output is not None:
        options.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
