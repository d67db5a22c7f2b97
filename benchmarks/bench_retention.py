"""Archive and cleanup beside the naive ways: ``python -m benchmarks.bench_retention [--events 300000]``.

Every measurement runs in a process of its own, on a table filled anew, on a private PostgreSQL with fsync on (or
the one that DATABASE_URL names: its database ``github_retention_bench`` is dropped and made again). It prints a
table, and writes it with the numbers to docs/benchmarks/retention.md and .json.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parent.parent
DATABASE = "github_retention_bench"
BODIES = 4000
NAIVE_MOST = 30_000  # of 10 KB each: loading all takes over 100 KB of memory per event
PROBE_SECONDS = 6.0


def configure() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()


def fill(events: int) -> None:
    """Fill the table with events of the last 30 days; every second one has a run."""
    from django.db import connection

    from benchmarks import corpus
    from django_github_app import bodies

    samples = corpus.samples(BODIES, seed=7)
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE django_github_app_eventlog, django_github_app_archivefile, "
            "django_github_app_retentionjob RESTART IDENTITY CASCADE"
        )
        cursor.execute("CREATE TEMP TABLE sample (n bigint, event text, body bytea)")
        rows = [(n, s.event, bodies.compress(s.body)) for n, s in enumerate(samples)]
        cursor.executemany("INSERT INTO sample VALUES (%s, %s, %s)", rows)
        cursor.execute(
            """
            INSERT INTO django_github_app_eventlog (event, action, received_at, delivery, hook_id, target_id,
                installation_id, repository_id, repository, sender, number, body, status, worker_type, attempts,
                finished_at)
            SELECT s.event, 'opened', t, gen_random_uuid()::text, 1, 1, 7, g %% 500, 'octo/repo-' || g %% 500,
                'sender-' || g %% 900, g, s.body, 10 + (g %% 20 = 0)::int, 'sync', 1, t + interval '30 ms'
            FROM generate_series(1, %s) g
            JOIN sample s ON s.n = g %% %s,
            LATERAL (SELECT now() - interval '30 days' + g * (interval '22 days' / %s) AS t) AS moment
            ORDER BY g""",
            [events, BODIES, events],
        )
        cursor.execute(
            "INSERT INTO django_github_app_handlerrun (event_id, kind, handler, status, started_at, duration_ms) "
            "SELECT id, 'event', 'app.handlers.on_event', 10, received_at, 4.2 "
            "FROM django_github_app_eventlog WHERE id % 2 = 0"
        )
        cursor.execute("VACUUM ANALYZE django_github_app_eventlog, django_github_app_handlerrun")
        cursor.execute("CHECKPOINT")


def archive(events: int, folder: Path) -> dict[str, Any]:
    """Ours: archive, read back, delete."""
    from django.core.files.storage import FileSystemStorage

    from django_github_app.models import ArchiveFile, EventLog
    from django_github_app.retention import archive as room
    from django_github_app.retention import archived_rows

    seconds = {"write and verify": 0.0, "delete": 0.0}
    transactions: list[float] = []
    original_write, original_settle, original_done = room.write, room.settle, archived_rows._Part.done

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                seconds[name] += time.perf_counter() - started

        return run

    def done(part: Any) -> None:
        transactions.append(time.monotonic() - part._started)
        original_done(part)

    room.write = timed("write and verify", original_write)
    room.settle = timed("delete", original_settle)
    archived_rows._Part.done = done  # type: ignore[method-assign]
    started = time.perf_counter()
    count, files = EventLog.objects.archive_events(7, storage=FileSystemStorage(location=folder))
    elapsed = time.perf_counter() - started
    assert count == events
    size = sum(ArchiveFile.objects.values_list("size", flat=True))
    return {
        "events": count,
        "seconds": elapsed,
        "phases": seconds,
        "longest_transaction_ms": max(transactions) * 1000,
        "files": len(files),
        "bytes": size,
    }


def archive_naive(events: int, folder: Path) -> dict[str, Any]:
    """Load everything, then ``json.dumps(indent=2)``: written in an afternoon."""
    from django_github_app.models import EventLog

    wanted = min(events, NAIVE_MOST)
    started = time.perf_counter()
    rows = list(EventLog.objects.order_by("id")[:wanted])
    data = [
        {
            "id": row.pk,
            "event": row.event,
            "action": row.action,
            "received_at": row.received_at.isoformat(),
            "payload": row.payload,
        }
        for row in rows
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.json").write_text(json.dumps(data, indent=2))
    return {"events": wanted, "seconds": time.perf_counter() - started}


def archive_streamed(events: int, folder: Path) -> dict[str, Any]:
    """``.iterator()`` and one line per event into gzip: what a careful colleague writes; no read-back."""
    import gzip

    from django.db import transaction

    from django_github_app.models import EventLog

    wanted = min(events, NAIVE_MOST)
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic(), gzip.open(folder / "events.jsonl.gz", "wt", compresslevel=6) as file:
        for row in EventLog.objects.order_by("id")[:wanted].iterator(chunk_size=2000):
            line = {"id": row.pk, "event": row.event, "action": row.action, "payload": row.payload}
            file.write(json.dumps(line) + "\n")
    return {"events": wanted, "seconds": time.perf_counter() - started}


def cleanup(events: int, folder: Path) -> dict[str, Any]:
    """Ours: ranges of the primary key in small transactions."""
    from django_github_app.retention.cleanup import delete_due
    from django_github_app.retention.policy import Cutoffs

    started = time.perf_counter()
    batches = list(delete_due(Cutoffs.from_days(7)))
    elapsed = time.perf_counter() - started
    assert sum(batch.deleted for batch in batches) == events
    return {
        "events": events,
        "seconds": elapsed,
        "longest_transaction_ms": max(batch.seconds for batch in batches) * 1000,
    }


def cleanup_naive(events: int, folder: Path) -> dict[str, Any]:
    """One ``QuerySet.delete()``: what django-github-app does."""
    import datetime as dt

    from django.utils import timezone

    from django_github_app.models import EventLog

    started = time.perf_counter()
    EventLog.objects.filter(received_at__lte=timezone.now() - dt.timedelta(days=7)).delete()
    elapsed = time.perf_counter() - started
    return {"events": events, "seconds": elapsed, "longest_transaction_ms": elapsed * 1000}


class Probe(threading.Thread):
    """Stores deliveries one commit at a time, as fast as it can, and notes how long each took."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.latencies: list[float] = []
        self.over = threading.Event()
        self.elapsed = 0.0

    def run(self) -> None:
        import dataclasses
        import uuid

        from django.db import connection

        from django_github_app.models.intake import record
        from tests.support.rows import incoming

        template = incoming("issues")
        started = time.perf_counter()
        while not self.over.is_set():
            delivery = dataclasses.replace(template.delivery, delivery=str(uuid.uuid4()))
            before = time.perf_counter()
            record([dataclasses.replace(template, delivery=delivery)])
            self.latencies.append(time.perf_counter() - before)
        self.elapsed = time.perf_counter() - started
        connection.close()


def probe(folder: Path, load: str) -> dict[str, Any]:
    """Store deliveries while another process works (or none does); return rate and latency."""
    busy = None
    if load != "nothing":
        command = [sys.executable, "-m", "benchmarks.bench_retention", "--measure", load]
        busy = subprocess.Popen([*command, "--folder", str(folder)], cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(2.0)  # until it is at work
    thread = Probe()
    thread.start()
    deadline = time.monotonic() + PROBE_SECONDS
    while time.monotonic() < deadline and (busy is None or busy.poll() is None):
        time.sleep(0.05)
    thread.over.set()
    thread.join()
    if busy is not None:
        busy.wait()
    latencies = sorted(thread.latencies)
    if not latencies:
        raise click.ClickException(f"{load} was over before it could be measured: use more --events")
    return {
        "commits": len(latencies),
        "per_second": len(latencies) / thread.elapsed,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "seconds": thread.elapsed,
    }


MEASUREMENTS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "archive": archive,
    "archive_naive": archive_naive,
    "archive_streamed": archive_streamed,
    "cleanup": cleanup,
    "cleanup_naive": cleanup_naive,
}


@contextmanager
def database() -> Iterator[str]:
    """Yield the URL of an empty database on a private server, or on the one that DATABASE_URL names."""
    import psycopg

    from deploy.local_servers import LocalServers
    from tests.support.services import with_path

    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="retention-bench-") as directory:
        servers = None if given else LocalServers(Path(directory), valkey=False)
        url = given or (servers.database_url if servers else "")
        try:
            with psycopg.connect(with_path(url, "postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {DATABASE}")
            yield with_path(url, DATABASE)
        finally:
            if servers is not None:
                servers.stop()


def in_a_process(url: str, *arguments: str) -> dict[str, Any]:
    """Run this file with arguments in a process of its own and return what it printed."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": "memory://",
        "CACHE_URL": "locmem://",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "benchmarks.bench_retention", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def median(results: list[dict[str, Any]], key: str) -> float:
    return statistics.median(float(result[key]) for result in results)


@click.command()
@click.option("--events", default=300_000, show_default=True)
@click.option("--runs", default=3, show_default=True, help="Of each measurement; medians are reported.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks")
@click.option("--measure", hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
def main(events: int, runs: int, output: Path, measure: str | None, folder: Path | None) -> None:
    """Measure archive and cleanup of ``--events`` events beside the naive ways."""
    sys.path.insert(0, str(ROOT))
    if measure is not None:
        configure()
        click.echo(json.dumps(_measure(measure, events, folder or Path(tempfile.mkdtemp()))))
        return
    with database() as url, tempfile.TemporaryDirectory(prefix="retention-bench-") as directory:
        results = _all(url, events, runs, Path(directory))
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "events": events,
        "runs": runs,
        **results,
    }
    text = _table(report)
    click.echo(text)
    output.mkdir(parents=True, exist_ok=True)
    (output / "retention.json").write_text(json.dumps(report, indent=2) + "\n")
    (output / "retention.md").write_text(text)


def _measure(name: str, events: int, folder: Path) -> dict[str, Any]:
    if name == "migrate":
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return {}
    if name == "fill":
        fill(events)
        return {}
    if name.startswith("probe:"):
        return probe(folder, name.removeprefix("probe:"))
    from django_github_app.models import EventLog

    if name in ("archive", "cleanup"):
        events = EventLog.objects.filter(status__gte=10).count()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = MEASUREMENTS[name](events, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        **result,
        "per_second": result["events"] / result["seconds"],
        "peak_mb": peak,
        "grew_mb": peak - before,
    }


def _all(url: str, events: int, runs: int, folder: Path) -> dict[str, Any]:
    in_a_process(url, "--measure", "migrate")
    results: dict[str, Any] = {}
    for name in MEASUREMENTS:
        filled = min(events, NAIVE_MOST) if name in ("archive_naive", "archive_streamed") else events
        results[name] = []
        for run in range(runs):
            if run == 0 or not name.startswith("archive_"):
                in_a_process(url, "--measure", "fill", "--events", str(filled))
            arguments = ("--measure", name, "--events", str(filled), "--folder", str(folder / f"{name}{run}"))
            results[name].append(in_a_process(url, *arguments))
            last = results[name][-1]
            click.echo(f"{name}: {last['per_second']:,.0f} events/s, {last['peak_mb']:.0f} MB", err=True)
    for load in ("nothing", "archive", "cleanup"):
        name = f"probe:{load}"
        results[name] = []
        for run in range(runs):
            in_a_process(url, "--measure", "fill", "--events", str(events))
            where = str(folder / f"probe-{load}-{run}")
            results[name].append(in_a_process(url, "--measure", name, "--folder", where))
            click.echo(f"{name}: {results[name][-1]['per_second']:,.0f} commits/s", err=True)
    return results


def _table(report: dict[str, Any]) -> str:
    names = {
        "archive": "**archive**: write, read back, delete",
        "archive_naive": "load all, `json.dumps(indent=2)`; nothing read back or deleted",
        "archive_streamed": "`.iterator()` into gzip; nothing read back or deleted",
        "cleanup": "**cleanup**",
        "cleanup_naive": "one `QuerySet.delete()`",
    }
    lines = [
        f"{report['events']:,} events, medians of {report['runs']}; {report['machine']}, Python {report['python']}.",
        "",
        "| | events | events/s | peak memory, MB | longest transaction, ms |",
        "|---|---|---|---|---|",
    ]
    for name, label in names.items():
        rows = report[name]
        longest = median(rows, "longest_transaction_ms") if "longest_transaction_ms" in rows[0] else None
        lines.append(
            f"| {label} | {rows[0]['events']:,} | {median(rows, 'per_second'):,.0f} "
            f"| {median(rows, 'peak_mb'):,.0f} | {'-' if longest is None else f'{longest:,.0f}'} |"
        )
    lines += ["", "| commits of single deliveries while | commits/s | p50 ms | p99 ms |", "|---|---|---|---|"]
    for load in ("nothing", "archive", "cleanup"):
        rows = report[f"probe:{load}"]
        lines.append(
            f"| {load} runs | {median(rows, 'per_second'):,.0f} | {median(rows, 'p50_ms'):.2f} "
            f"| {median(rows, 'p99_ms'):.2f} |"
        )
    ratio = median(report["archive"], "per_second") / median(report["archive_naive"], "per_second")
    lines += ["", f"Archive, read back and deleted, against load-all: {ratio:.1f} times the rate.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
