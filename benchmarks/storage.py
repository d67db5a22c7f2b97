"""What an event takes on disk, and what recording and claiming cost when many are stored."""

from __future__ import annotations

import json
import random
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import corpus
from .receivers import OURS
from .stand import Stand
from .workers import store_ours

RUNS = "django_github_app_handlerrun"
NAIVE = "naive_webhookevent"
TURNS = 5


def bytes_per_event(stand: Stand, count: int) -> dict[str, Any]:
    """Return bytes on disk per event after ``count`` were stored and processed: ours, and jsonb with defaults.

    Both write each event and then change its row (ours twice), which leaves dead versions. After every 500 events
    each table is vacuumed if autovacuum would do it by now: its rule, with the settings that server and table have.
    So the files hold what they hold in a table that lives: rows, indexes, dead versions, space that waits to be used.
    """
    stand.clear()
    with stand.sql as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")  # its rule is applied here, at its time
        connection.execute("SELECT pg_reload_conf()")
    part = 500
    parts = max(1, count // part)
    payload = stored = 0
    try:
        for number in range(parts):
            samples = corpus.samples(part, 50 + number)
            payload += sum(len(sample.body) for sample in samples)
            _process_ours(store_ours("sync", part, 50 + number, guids=_deliveries(number)))
            _process_naive(samples, _deliveries(number))
            for table in (OURS, RUNS, NAIVE):
                _vacuum_if_due(stand, table)
            stored += part
    finally:
        with stand.sql as connection:
            connection.execute("ALTER SYSTEM RESET autovacuum")
            connection.execute("SELECT pg_reload_conf()")
    relations = {table: _relations(stand, table, stored) for table in (OURS, RUNS, NAIVE)}
    ours = sum(relations[OURS].values())
    ledger = sum(relations[RUNS].values())
    return {
        "events": stored,
        "payload": payload / stored,
        "body": float(stand.value(f"SELECT avg(octet_length(body)) FROM {OURS}")),
        "row": float(stand.value(f"SELECT avg(pg_column_size(e.*)) FROM {OURS} e")),
        "ours_event": ours,
        "ours_ledger": ledger,
        "ours": ours + ledger,
        "jsonb": sum(relations[NAIVE].values()),
        "relations": relations,
        "titles": {OURS: "ours: events", RUNS: "ours: ledger", NAIVE: "jsonb with defaults, no ledger"},
    }


def _deliveries(part: int) -> Iterator[str]:
    """Return ids as GitHub's are: 36 characters in no order."""
    chance = random.Random(part)
    while True:
        yield str(uuid.UUID(bytes=chance.randbytes(16)))


def _process_ours(ids: Sequence[int]) -> None:
    from django_github_app.execution import batches

    for start in range(0, len(ids), 100):
        batches.process(ids[start : start + 100], "sync")


def _process_naive(samples: Sequence[corpus.Sample], deliveries: Iterator[str]) -> None:
    from django.utils import timezone

    from benchmarks.site.naive.models import WebhookEvent

    made = []
    for sample, delivery in zip(samples, deliveries, strict=False):
        payload = json.loads(sample.body)
        made.append(
            WebhookEvent(delivery=delivery, event=sample.event, action=payload.get("action"), payload=payload)
        )
    for row in WebhookEvent.objects.bulk_create(made):
        WebhookEvent.objects.filter(pk=row.pk).update(status="done", processed_at=timezone.now())


def _vacuum_if_due(stand: Stand, table: str) -> None:
    with stand.sql as connection:
        defaults = {
            name: float(value)
            for name, value in connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name LIKE 'autovacuum_vacuum%%'"
            )
        }
        dead, inserted, rows, options = connection.execute(
            """SELECT n_dead_tup, n_ins_since_vacuum, greatest(reltuples, 0), coalesce(reloptions, '{}')
            FROM pg_stat_user_tables JOIN pg_class ON oid = relid WHERE oid = %s::regclass""",
            [table],
        ).fetchone() or (0, 0, 0, [])
        defaults |= {name: float(value) for name, _, value in (option.partition("=") for option in options)}
        for count, kind in ((dead, "vacuum"), (inserted, "vacuum_insert")):
            least, share = (defaults[f"autovacuum_{kind}_{what}"] for what in ("threshold", "scale_factor"))
            if count > least + share * rows:
                connection.execute(f"VACUUM ANALYZE {table}")
                break


def _relations(stand: Stand, table: str, events: int) -> dict[str, float]:
    """Return bytes per event of a table, its indexes and what PostgreSQL keeps beside it."""
    with stand.sql as connection:
        rows = connection.execute(
            """SELECT relname, pg_total_relation_size(oid), pg_table_size(oid), pg_relation_size(oid), relkind
            FROM pg_class WHERE oid = %s::regclass
            UNION ALL SELECT i.relname, 0, 0, pg_relation_size(i.oid), i.relkind
            FROM pg_index JOIN pg_class i ON i.oid = indexrelid WHERE indrelid = %s::regclass""",
            [table, table],
        ).fetchall()
    found: dict[str, float] = {}
    for name, _, whole, size, kind in rows:
        found[name] = size / events
        if kind == "r":
            found[f"{name}: TOAST and maps"] = (whole - size) / events
    return found


def by_size(stand: Stand, sizes: list[int], count: int) -> list[dict[str, Any]]:
    """Return what storing and processing ``count`` events costs beside so many finished ones."""
    from django_github_app.execution import batches

    stand.clear()
    measured = []
    for size in sizes:
        _fill(stand, size)
        _stored(stand, count, 70)  # warm
        results = []
        for turn in range(TURNS):
            ids, wall, cpu = _stored(stand, count, 80 + turn + size)
            before, started = stand.postgres_backends(), time.perf_counter()
            for start in range(0, count, 100):
                batches.process(ids[start : start + 100], "sync")
            results.append(
                {
                    "ingest_wall_us": wall,
                    "ingest_postgres_us": cpu,
                    "work_wall_us": (time.perf_counter() - started) / count * 1e6,
                    "work_postgres_us": _since(before, stand) / count,
                }
            )
        means = {key: _middle_mean([result[key] for result in results]) for key in results[0]}
        measured.append({"rows": size, **means})
        print(measured[-1], flush=True)
    return measured


def _middle_mean(values: list[float]) -> float:
    """Return the mean without the least and the greatest: a checkpoint or vacuum in one turn is not measured."""
    return statistics.fmean(sorted(values)[1:-1])


def _stored(stand: Stand, count: int, seed: int) -> tuple[list[int], float, float]:
    before, started = stand.postgres_backends(), time.perf_counter()
    ids = store_ours("sync", count, seed=seed)
    return ids, (time.perf_counter() - started) / count * 1e6, _since(before, stand) / count


def _since(before: Mapping[int, int], stand: Stand) -> float:
    """Return the µs of CPU that PostgreSQL's backends took since ``before``."""
    return sum(ns - before.get(pid, 0) for pid, ns in stand.postgres_backends().items()) / 1000


def _fill(stand: Stand, size: int) -> None:
    """Add finished rows, copies of real ones, until there are ``size``."""
    if not stand.value(f"SELECT count(*) FROM {OURS}"):
        store_ours("sync", 500, seed=60)
    with stand.sql as connection:
        have = stand.value(f"SELECT count(*) FROM {OURS}")
        names = (
            "event, hook_id, target_id, action, installation_id, repository_id, repository, sender, number,"
            " body, lane, worker_type"
        )
        connection.execute(
            f"""INSERT INTO {OURS} ({names}, delivery, status, received_at, finished_at, attempts)
            SELECT {names}, 'fill-{size}-' || n || '-' || o.id, 10, now() - interval '1 day', now(), 1
            FROM generate_series(1, {max(0, size - have) // 500 + 1}) n,
                (SELECT * FROM {OURS} ORDER BY id LIMIT 500) o"""
        )
        connection.execute(f"UPDATE {OURS} SET status = 10, finished_at = now() WHERE status < 10")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
