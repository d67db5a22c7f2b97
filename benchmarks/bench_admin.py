"""How long the admin's pages take over a big event log, while events are received and processed beside them.

    python -m benchmarks.bench_admin [--rows 3000000] [--requests 60] [--rate 500]

Builds the table on a private PostgreSQL (some minutes and 4 GB), asks for every page in turns and prints what each
took, and how much of that was CPU: of this process and of the PostgreSQL process that works for it, which is what a
busy machine leaves to be compared. Exits with 1 when the dashboard's p99 is above 200 ms.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from .stand import Stand

GOAL_MS: Final = 200.0
EVENTS: Final = "django_github_app_eventlog"
RUNS: Final = "django_github_app_handlerrun"
ROLLUPS: Final = "django_github_app_rollup"
AT_ONCE: Final = 250_000

# 30 days; one of 1,500 is dead, one of 6,000 waits for a retry, the newest 200 wait for a worker that is not there.
FILL = f"""
    INSERT INTO {EVENTS} (event, action, repository, repository_id, number, sender, installation_id, delivery,
        hook_id, target_id, status, worker_type, attempts, received_at, finished_at, next_attempt_at, body)
    SELECT (ARRAY['push', 'issues', 'pull_request', 'issue_comment', 'check_run'])[1 + n %% 5], 'opened',
        'owner/repository-' || n %% 997, n %% 997, n %% 5000, 'user-' || n %% 4999, n %% 61, md5(n::text), 7, 1,
        CASE WHEN n > %(rows)s - 200 THEN 0 WHEN n %% 1500 = 0 THEN 12 WHEN n %% 6000 = 1 THEN 2
            WHEN n %% 3 = 0 THEN 11 ELSE 10 END,
        CASE WHEN n > %(rows)s - 200 THEN 'sync' ELSE 'async' END, 1,
        now() - make_interval(secs => (%(rows)s - n) * 30 * 86400.0 / %(rows)s),
        CASE WHEN n <= %(rows)s - 200 AND n %% 6000 <> 1
            THEN now() - make_interval(secs => (%(rows)s - n) * 30 * 86400.0 / %(rows)s) END,
        CASE WHEN n %% 6000 = 1 THEN now() + interval '1 hour' END,
        decode(repeat(md5(n::text), 20), 'hex')
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n"""
FILL_RUNS = f"""
    INSERT INTO {RUNS} (event_id, kind, handler, position, status, attempts, started_at, duration_ms, error)
    SELECT id, 'event', 'app.events.ahandlers.handler_' || id %% 50, 0,
        CASE status WHEN 12 THEN 12 WHEN 2 THEN 2 ELSE 10 END, 1, received_at, id %% 100,
        CASE WHEN status IN (2, 12) THEN 'ValueError: ' || id END
    FROM {EVENTS} WHERE id BETWEEN %s AND %s AND status IN (2, 10, 12)"""
FILL_ROLLUPS = f"""
    INSERT INTO {ROLLUPS} (seconds, starts_at, name, label, count, total)
    SELECT %(seconds)s, date_trunc(%(unit)s, now()) - make_interval(secs => %(seconds)s * ago), name, label, 100, 12.5
    FROM generate_series(0, %(most)s) AS ago, (
        SELECT name, label FROM (VALUES ('deliveries', ARRAY['accepted', 'duplicate', 'signature_invalid']),
            ('events', ARRAY['done', 'ignored', 'dead', 'retrying']),
            ('latency', ARRAY['0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '300', 'inf']),
            ('github', ARRAY['200', '201', '304', '404', '502'])) AS v(name, labels), unnest(labels) AS label
        UNION ALL SELECT name, 'app.events.ahandlers.handler_' || n
        FROM generate_series(0, 49) AS n, (VALUES ('callbacks'), ('failures')) AS v(name)) AS names"""


@click.command()
@click.option("--rows", default=3_000_000, show_default=True)
@click.option("--requests", default=60, show_default=True, help="Of each page.")
@click.option("--rate", default=500.0, show_default=True, help="Events a second beside them; 0: none.")
@click.option("--load", is_flag=True, hidden=True, help="Be the load.")
def main(rows: int, requests: int, rate: float, load: bool) -> None:
    """Build the table, measure, and print each page's times."""
    if load:
        _load(rate)
        return
    stand = Stand()
    try:
        stand.use_here()
        began = time.monotonic()
        fill(stand, rows)
        size = stand.value("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(f"{rows:,} events, {size}, built in {time.monotonic() - began:.0f} s", flush=True)
        command = ["python", "-m", "benchmarks.bench_admin", "--load", "--rate", str(rate)]
        loading = stand.spawn("load", command) if rate else None
        try:
            before = stand.value(f"SELECT max(id) FROM {EVENTS}")
            began = time.monotonic()
            found = measure(stand, requests)
            received = stand.value(f"SELECT max(id) FROM {EVENTS}") - before
            print(f"beside {received / (time.monotonic() - began):.0f} events a second", flush=True)
        finally:
            if loading is not None:
                loading.stop()
                print(loading.log.read_text()[-2000:])
    finally:
        stand.close()
    sys.exit(report(found))


def fill(stand: Stand, rows: int) -> None:
    """Store so many events of 30 days with their runs, and counters of every interval that is kept."""
    with stand.sql as connection:
        connection.execute("SET synchronous_commit = off")
        for first in range(1, rows + 1, AT_ONCE):
            last = min(rows, first + AT_ONCE - 1)
            connection.execute(FILL, {"rows": rows, "first": first, "last": last})
            connection.execute(FILL_RUNS, [first, last])
        for seconds, unit, most in ((60, "minute", 25 * 60), (3600, "hour", 31 * 24)):
            connection.execute(FILL_ROLLUPS, {"seconds": seconds, "unit": unit, "most": most})
        for table in (EVENTS, RUNS, ROLLUPS):
            connection.execute(f"ANALYZE {table}")


@dataclass(slots=True)
class Taken:
    """What the answers of one page took, in ms."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, wall: float, cpu: float) -> None:
        self.wall.append(1000 * wall)
        self.cpu.append(1000 * cpu)


def measure(stand: Stand, requests: int) -> dict[str, Taken]:
    """Ask for each page so many times, in turns."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import override_settings

    log = "/admin/django_github_app/eventlog/"
    newest = stand.value(f"SELECT max(id) FROM {EVENTS}")
    pages = {
        **{f"dashboard, {name}": f"{log}dashboard/?range={name}" for name in ("1h", "24h", "7d")},
        "live tail": f"{log}tail/rows/",
        "live tail, a handler's failures": f"{log}tail/rows/?state=failed&handler=handler_7",
        "event log": log,
        "event log, dead": f"{log}?status__exact=12",
        "event log, a handler": f"{log}?handler=app.events.ahandlers.handler_7",
        "event log, a repository": f"{log}?q=owner/repository-5",
        "an event": f"{log}{newest - 3000}/change/",
    }
    found = {name: Taken() for name in pages}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        spent = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    with override_settings(ROOT_URLCONF="benchmarks.site.admin_urls"):
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        for number in range(requests + 2):
            for name in random.sample(list(pages), len(pages)):
                began, cpu = time.perf_counter(), time.process_time() + _nanoseconds(spent) / 1e9
                answer = client.get(pages[name])
                wall = time.perf_counter() - began
                cpu = time.process_time() + _nanoseconds(spent) / 1e9 - cpu
                if answer.status_code != 200:
                    raise RuntimeError(f"{name}: {answer.status_code}")
                if number > 1:  # the first ones load templates
                    found[name].add(wall, cpu)
    return found


def report(found: dict[str, Taken]) -> int:
    """Print what each page took; return 1 when the dashboard is too slow."""
    print(f"{'':34}{'p50':>9}{'p99':>9}{'CPU p50':>9}  ms")
    for name, taken in found.items():
        print(
            f"{name:34}{statistics.median(taken.wall):9.1f}{_p99(taken.wall):9.1f}{statistics.median(taken.cpu):9.1f}"
        )
    dashboard = [one for name, taken in found.items() if name.startswith("dashboard") for one in taken.wall]
    p99 = _p99(dashboard)
    print(f"dashboard, p99 of {len(dashboard)}: {p99:.1f} ms (goal: {GOAL_MS:.0f})")
    return int(p99 > GOAL_MS)


def _nanoseconds(spent: Path) -> int:
    return int(spent.read_text().split()[0])


def _p99(taken: list[float]) -> float:
    return sorted(taken)[min(len(taken) - 1, int(0.99 * len(taken)))]


def _load(rate: float) -> None:
    """Receive and process so many events a second, until somebody ends it."""
    import django

    django.setup()
    from django_github_app.execution import batches

    from .workers import store_ours

    each = 50
    due = time.monotonic()
    while True:
        ids: Any = store_ours("async", each, random.randrange(10**12))
        batches.process(ids, "async")
        due = max(due + each / rate, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
