"""How long the upgrade of a django-github-app table makes others wait, while they go on writing to it.

    python -m benchmarks.bench_upgrade --rows 1000000

Fills a private database with rows as django-github-app 0.12 writes them, lets writers of that shape insert while
``migrate`` runs, and prints the longest INSERT, the errors, and whether every old row reads as before. Then it runs
``manage.py github backfill`` beside deliveries, kills it at random moments until every row is filled, and prints how
long storing a delivery took meanwhile, as a ratio to the time without it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import psycopg

TABLE = "django_github_app_eventlog"
FILL = f"""
    INSERT INTO {TABLE} (event, payload, received_at)
    SELECT 'issues', jsonb_build_object(
        'action', 'opened', 'issue', jsonb_build_object('number', n),
        'repository', jsonb_build_object('id', 7, 'full_name', 'octo/demo'),
        'sender', jsonb_build_object('login', 'octocat'), 'text', repeat('x', 300)
    ), now() - make_interval(secs => %s - n)
    FROM generate_series(1, %s) n"""
DIGEST = f"""
    SELECT count(*), sum(hashtext(id::text || event || payload::text || received_at::text)::bigint)
    FROM {TABLE} WHERE id <= %s"""
INSERT = f"INSERT INTO {TABLE} (event, payload, received_at) VALUES ('push', '{{\"ref\": \"main\"}}', now())"


@dataclass
class Measured:
    """What the writers and the reader saw."""

    rows: int
    migrate_seconds: float = 0.0
    inserts: int = 0
    longest_insert: float = 0.0
    errors: list[str] = field(default_factory=list)
    digests_equal: bool = False
    backfill_seconds: float = 0.0
    backfill_kills: int = 0
    rows_filled: int = 0
    rows_left: int = 0
    store_p50_ratio: float = 0.0
    store_p95_ratio: float = 0.0


def write_until(stop: threading.Event, url: str, measured: Measured) -> None:
    """Insert rows of the old shape, one after the other, as a web process of the old version does."""
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.is_set():
            started = time.perf_counter()
            try:
                connection.execute(INSERT)
            except psycopg.Error as error:
                measured.errors.append(str(error))
            measured.longest_insert = max(measured.longest_insert, time.perf_counter() - started)
            measured.inserts += 1
            time.sleep(0.002)


def measure(url: str, rows: int, migrate: Callable[[], None], writers: int = 2) -> Measured:
    """Fill a database that is at migration 0001, run ``migrate`` beside writers, and compare."""
    measured = Measured(rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, [rows, rows])
        ((last,),) = connection.execute(f"SELECT max(id) FROM {TABLE}").fetchall()
        before = connection.execute(DIGEST, [last]).fetchall()
        stop = threading.Event()
        threads = [
            threading.Thread(target=write_until, args=(stop, url, measured), daemon=True)
            for _ in range(writers)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        started = time.perf_counter()
        try:
            migrate()
        finally:
            measured.migrate_seconds = time.perf_counter() - started
            stop.set()
            for thread in threads:
                thread.join(60)
        measured.digests_equal = connection.execute(DIGEST, [last]).fetchall() == before
    return measured


STORES = 300  # deliveries that are timed without the backfill
WRONG = f"""
    SELECT count(*) FROM {TABLE} WHERE id <= %s AND (
        action, number, repository_id, repository, sender) IS DISTINCT FROM (
        'opened', (payload->'issue'->>'number')::bigint, 7::bigint, 'octo/demo', 'octocat')"""


def store_one() -> float:
    """Store a delivery as a web process does; return the seconds that it took."""
    from django_github_app.testing.deliver import store

    started = time.perf_counter()
    store("issues", "opened", number=1)
    return time.perf_counter() - started


def backfill_killed(url: str, rows: int, measured: Measured, seed: int) -> None:
    """Backfill in processes of its own that are killed at random moments, beside deliveries that are stored."""
    chance = random.Random(seed)
    alone = [store_one() for _ in range(STORES)]
    beside: list[float] = []
    started = time.perf_counter()
    command = [sys.executable, "manage.py", "github", "backfill"]
    while True:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            until = time.monotonic() + chance.uniform(2, 30)
            while process.poll() is None and time.monotonic() < until:
                beside.append(store_one())
                time.sleep(0.005)
            if process.poll() is not None:
                if process.returncode:
                    raise RuntimeError(f"the backfill ended with {process.returncode}")
                break
            process.send_signal(signal.SIGKILL)
        measured.backfill_kills += 1
    measured.backfill_seconds = time.perf_counter() - started
    for name, cut in (("store_p50_ratio", 49), ("store_p95_ratio", 94)):
        with_it, without = (statistics.quantiles(one, n=100)[cut] for one in (beside, alone))
        setattr(measured, name, round(with_it / without, 2))
    with psycopg.connect(url, autocommit=True) as connection:
        ((wrong,),) = connection.execute(WRONG, [rows]).fetchall()
    measured.rows_left, measured.rows_filled = wrong, rows - wrong


def main() -> None:
    """Run it on a private PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    rows, seed = given.rows, given.seed
    from deploy.local_servers import LocalServers

    with LocalServers(valkey=False) as servers:
        os.environ["DATABASE_URL"] = servers.database_url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", "django_github_app", "0001", verbosity=0)

        def upgrade() -> None:
            call_command("migrate", "django_github_app", verbosity=0)

        measured = measure(servers.database_url, rows, upgrade)
        backfill_killed(servers.database_url, rows, measured, seed)
    print(json.dumps({"seed": seed, **asdict(measured)}, indent=2))
    if measured.errors or measured.rows_left or not measured.digests_equal:
        sys.exit(1)


if __name__ == "__main__":
    main()
