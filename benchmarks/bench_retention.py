"""Archive and cleanup beside the naive ways: ``python -m benchmarks.bench_retention [--events 300000]``.

Every measurement runs in a process of its own, on a table filled anew, on the private servers of the stand (fsync
on); acknowledgements are counted by the load generator, through the fast path, on a table that holds the old events.
Prints a table, and writes the numbers to docs/benchmarks/results.json under ``retention``.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # a process that measures its memory does without them
    from .receivers import Receiver
    from .stand import Stand

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "docs" / "benchmarks"
BODIES = 4000
CONNECTIONS = 64
LOADS = ("", "archive", "cleanup")


def fill(events: int) -> None:
    """Fill the table with events of the last 30 days; every second one has a run."""
    from django.db import connection

    from benchmarks import corpus
    from django_github_app.bodies import frames

    samples = corpus.samples(BODIES, seed=7)
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE django_github_app_eventlog, django_github_app_handlerrun, django_github_app_archivefile, "
            "django_github_app_retentionjob RESTART IDENTITY CASCADE"
        )
        cursor.execute("CREATE TEMP TABLE sample (n bigint, event text, body bytea)")
        rows = [(n, s.event, frames.compress(s.body)) for n, s in enumerate(samples)]
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
    from django_github_app.retention import settling

    transactions: list[float] = []
    original = settling._Part.done

    def done(part: Any) -> None:
        transactions.append(time.monotonic() - part._started)
        original(part)

    settling._Part.done = done  # type: ignore[method-assign, assignment]
    started = time.perf_counter()
    count, _ = EventLog.objects.archive_events(7, storage=FileSystemStorage(location=folder))
    elapsed = time.perf_counter() - started
    return {
        "events": count,
        "seconds": elapsed,
        "longest_transaction_ms": max(transactions) * 1000,
        "files": ArchiveFile.objects.count(),
        "bytes": sum(ArchiveFile.objects.values_list("size", flat=True)),
    }


def archive_naive(events: int, folder: Path) -> dict[str, Any]:
    """Load everything, then ``json.dumps(indent=2)``: written in an afternoon."""
    from django_github_app.models import EventLog

    started = time.perf_counter()
    rows = list(EventLog.objects.order_by("id")[:events])
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
    return {"events": events, "seconds": time.perf_counter() - started}


def archive_streamed(events: int, folder: Path) -> dict[str, Any]:
    """``.iterator()`` and one line per event into gzip: what a careful colleague writes; no read-back."""
    import gzip

    from django.db import transaction

    from django_github_app.models import EventLog

    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic(), gzip.open(folder / "events.jsonl.gz", "wt", compresslevel=6) as file:
        for row in EventLog.objects.order_by("id")[:events].iterator(chunk_size=2000):
            line = {"id": row.pk, "event": row.event, "action": row.action, "payload": row.payload}
            file.write(json.dumps(line) + "\n")
    return {"events": events, "seconds": time.perf_counter() - started}


def cleanup(events: int, folder: Path) -> dict[str, Any]:
    """Ours: ranges of the primary key in small transactions."""
    from django_github_app.retention.cleanup import delete_due
    from django_github_app.retention.policy import Cutoffs

    started = time.perf_counter()
    batches = list(delete_due(Cutoffs.from_days(7)))
    elapsed = time.perf_counter() - started
    return {
        "events": sum(batch.deleted for batch in batches),
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


MEASUREMENTS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "archive": archive,
    "archive_naive": archive_naive,
    "archive_streamed": archive_streamed,
    "cleanup": cleanup,
    "cleanup_naive": cleanup_naive,
}


def measure_here(name: str, events: int, folder: Path, *, when_busy: bool) -> dict[str, Any]:
    """Measure in this process, which does nothing else: its peak memory is that of the measurement."""
    import django

    django.setup()
    if name == "fill":
        fill(events)
        return {}
    print("ready", flush=True)
    if when_busy:
        wait_for_deliveries()
    result = MEASUREMENTS[name](events, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**result, "per_second": result["events"] / result["seconds"], "peak_mb": peak}


def wait_for_deliveries() -> None:
    """Wait until some arrive."""
    from django_github_app.models import EventLog

    highest = EventLog.objects.order_by("-id").values_list("id", flat=True)
    before = highest.first()
    while highest.first() == before:
        time.sleep(0.02)


class Bench:
    """The measurements, one after the other, on a stand."""

    def __init__(self, stand: Stand, folder: Path) -> None:
        self.stand = stand
        self.folder = folder

    def command(self, name: str, events: int) -> list[str]:
        # One that was killed is followed by the next, which finishes its files.
        place = self.folder / name
        command = [sys.executable, "-m", "benchmarks.bench_retention", "--measure", name]
        return [*command, "--events", str(events), "--folder", str(place)]

    def run(self, name: str, events: int) -> dict[str, Any]:
        """Run a measurement in a process of its own, on a table filled anew."""
        if name != "fill":
            self.run("fill", events)
        done = subprocess.run(
            self.command(name, events),
            env=self.stand.environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if result:
            if result["events"] != events:
                raise click.ClickException(f"{name} dealt with {result['events']} events, not {events}")
            click.echo(f"{name}: {result['per_second']:,.0f} events/s, {result['peak_mb']:.0f} MB", err=True)
        return result

    @contextmanager
    def at_work(self, name: str, events: int) -> Iterator[None]:
        """Let a process archive or clean up meanwhile; "": nothing."""
        if not name:
            yield
            return
        with self.stand.sql as connection:
            connection.execute("TRUNCATE django_github_app_retentionjob")  # of the one that was killed before
        process = subprocess.Popen(
            self.command(name, events),
            env=self.stand.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready", f"{name} did not start"
            yield
            if process.poll() is not None:
                raise click.ClickException(f"{name} was over before it could be measured: use more --events")
        finally:
            process.kill()
            process.wait()

    def acknowledgements(
        self, receiver: Receiver, events: int, rounds: int, seconds: float
    ) -> dict[str, list[dict[str, Any]]]:
        """Return what the load generator saw while nothing, an archive and a cleanup ran, by turns."""
        from .stand import Loading

        old = "SELECT count(*) FROM django_github_app_eventlog WHERE status >= 10"
        new = "SELECT count(*) FROM django_github_app_eventlog WHERE status < 10"
        results: dict[str, list[dict[str, Any]]] = {load: [] for load in LOADS}
        with self.stand.server(receiver.key, receiver.command, **receiver.environment) as (running, url):
            loading = Loading(
                self.stand, url + receiver.path, connections=CONNECTIONS, seconds=seconds, warm_up=1.5
            )
            for _ in range(rounds):
                self.run("fill", events)  # a fast machine's cleanup leaves too little for another round
                for load in LOADS:
                    stored, before, started = self.stand.value(new), self.stand.value(old), time.monotonic()
                    with self.at_work(load, events):
                        result = loading.measure(running)
                    elapsed = time.monotonic() - started
                    stored = self.stand.value(new) - stored
                    if stored < result["all_acks"]:
                        raise click.ClickException(f"{result['all_acks']} acknowledged, {stored} stored")
                    result["rows_per_s"] = (before - self.stand.value(old)) / elapsed
                    results[load].append(result)
                    click.echo(
                        f"acks with {load or 'nothing'}: {result['acks_per_s']:,.0f}/s, p99 {result['p99_ms']:.0f}, "
                        f"{result['rows_per_s']:,.0f} old events/s",
                        err=True,
                    )
        return results


def measure(bench: Bench, events: int, load_all: int, rounds: int, seconds: float) -> dict[str, float]:
    """Return the numbers of results.json: rates per second, times in ms, memory in MB."""
    from .receivers import RECEIVERS

    archived = bench.run("archive", events)
    cleaned = bench.run("cleanup", events)
    streamed = bench.run("archive_streamed", min(load_all, 30_000))
    deleted = bench.run("cleanup_naive", load_all)
    fast = next(receiver for receiver in RECEIVERS if receiver.key == "fast")
    acks = bench.acknowledgements(fast, events, rounds, seconds)
    loaded = bench.run("archive_naive", load_all)

    def median(load: str, key: str) -> float:
        return statistics.median(float(result[key]) for result in acks[load])

    return {
        "events": events,
        "load_all_events": load_all,
        "archive_rows_per_s": archived["per_second"],
        "load_all_rows_per_s": loaded["per_second"],
        "streamed_rows_per_s": streamed["per_second"],
        "archive_peak_mb": archived["peak_mb"],
        "load_all_peak_mb": loaded["peak_mb"],
        "archive_files": archived["files"],
        "archive_bytes_per_event": archived["bytes"] / archived["events"],
        "cleanup_rows_per_s": cleaned["per_second"],
        "single_delete_rows_per_s": deleted["per_second"],
        "longest_cleanup_transaction_ms": cleaned["longest_transaction_ms"],
        "longest_archive_transaction_ms": archived["longest_transaction_ms"],
        "acks_per_s_without": median("", "acks_per_s"),
        "acks_per_s_during_archive": median("archive", "acks_per_s"),
        "acks_per_s_during_cleanup": median("cleanup", "acks_per_s"),
        "p99_ms_without": median("", "p99_ms"),
        "p99_ms_during_archive": median("archive", "p99_ms"),
        "p99_ms_during_cleanup": median("cleanup", "p99_ms"),
        "archived_rows_per_s_under_load": median("archive", "rows_per_s"),
        "cleaned_rows_per_s_under_load": median("cleanup", "rows_per_s"),
    }


def table(r: dict[str, float]) -> str:
    """Return the numbers as Markdown."""
    rows = [
        ("archive: write, read back, delete", r["archive_rows_per_s"], r["archive_peak_mb"]),
        (
            "load all, `json.dumps(indent=2)`; no read-back, no delete",
            r["load_all_rows_per_s"],
            r["load_all_peak_mb"],
        ),
        ("`.iterator()` into gzip; no read-back, no delete", r["streamed_rows_per_s"], None),
        ("cleanup", r["cleanup_rows_per_s"], None),
        ("one `QuerySet.delete()`", r["single_delete_rows_per_s"], None),
    ]
    lines = ["| | events/s | peak memory, MB |", "|---|---|---|"]
    lines += [
        f"| {name} | {rate:,.0f} | {'' if peak is None else f'{peak:,.0f}'} |" for name, rate, peak in rows
    ]
    lines += ["", "| durable acknowledgements while | per second | p99 ms |", "|---|---|---|"]
    for title, key in (("nothing else runs", "without"), *((f"{x} runs", f"during_{x}") for x in LOADS[1:])):
        lines.append(f"| {title} | {r[f'acks_per_s_{key}']:,.0f} | {r[f'p99_ms_{key}']:,.0f} |")
    without = r["acks_per_s_without"]
    lines += [
        "",
        f"Archive / load-all: {r['archive_rows_per_s'] / r['load_all_rows_per_s']:.1f}. Longest transaction: archive "
        f"{r['longest_archive_transaction_ms']:.0f} ms, cleanup {r['longest_cleanup_transaction_ms']:.0f} ms. "
        f"Acknowledgements kept: {r['acks_per_s_during_archive'] / without:.2f} while archiving, "
        f"{r['acks_per_s_during_cleanup'] / without:.2f} while cleaning up.",
    ]
    return "\n".join(lines)


def save(results: dict[str, float], output: Path, *, began: float, load: float, quick: bool) -> None:
    """Put the numbers beside those of the other benchmarks."""
    output.mkdir(parents=True, exist_ok=True)
    path = output / "results.json"
    everything: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    everything["retention"] = {
        "results": results,
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "minutes": round((time.time() - began) / 60, 1),
        "load_average_before": load,
        "quick": quick,
    }
    path.write_text(json.dumps(everything, indent=1) + "\n")


@click.command()
@click.option("--events", default=300_000, show_default=True, help="To archive, and to clean up.")
@click.option(
    "--load-all", default=100_000, show_default=True, help="For the naive ways; 80 KB of memory each."
)
@click.option("--rounds", default=3, show_default=True, help="Of acknowledgements; medians are reported.")
@click.option("--seconds", default=5.0, show_default=True, help="Of load in each round.")
@click.option("--quick", is_flag=True, help="Small sizes, one round: does everything run?")
@click.option("--output", type=click.Path(path_type=Path), default=OUTPUT)
@click.option("--measure", "name", hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
@click.option("--when-busy", is_flag=True, hidden=True)
def main(
    events: int,
    load_all: int,
    rounds: int,
    seconds: float,
    quick: bool,
    output: Path,
    name: str | None,
    folder: Path | None,
    when_busy: bool,
) -> None:
    """Measure archive and cleanup beside the naive ways, and what they leave of the acknowledgements."""
    if name is not None:
        assert folder is not None
        click.echo(json.dumps(measure_here(name, events, folder, when_busy=when_busy)))
        return
    if quick:
        events, load_all, rounds, seconds = 60_000, 5_000, 1, 1.0
    from .stand import Stand

    began, load = time.time(), os.getloadavg()[0]
    stand = Stand()
    try:
        stand.use_here()
        with tempfile.TemporaryDirectory(prefix="retention-", dir=stand.directory) as directory:
            results = measure(Bench(stand, Path(directory)), events, load_all, rounds, seconds)
    finally:
        stand.close()
    click.echo(table(results))
    save(results, output, began=began, load=load, quick=quick)


if __name__ == "__main__":
    main()
