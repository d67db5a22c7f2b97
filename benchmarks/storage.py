"""What an event takes on disk, and what recording and claiming cost when many are stored."""

from __future__ import annotations

import time
from typing import Any

from .receivers import OURS
from .stand import Stand
from .workers import store_ours

RUNS = "django_github_app_handlerrun"


def bytes_per_event(stand: Stand, count: int) -> dict[str, float]:
    """Return bytes per event of ours (row, indexes and ledger, processed) and of jsonb, both after VACUUM.

    Three times ``count`` events, vacuumed in between, so that the space of old row versions is used again as it is
    in a table that lives.
    """
    import json

    from django.utils import timezone

    from benchmarks.site.naive.models import WebhookEvent
    from django_github_app import processing

    from . import corpus

    stand.clear()
    for part in range(3):
        ids = store_ours("sync", count, seed=50 + part)
        for start in range(0, count, 100):
            processing.process(ids[start : start + 100], "sync")
        for sample_part in (corpus.samples(600, 50 + part),):
            made = [
                WebhookEvent(
                    delivery=f"{part}-{n:030}",
                    event=sample_part[n % 600].event,
                    action="created",
                    payload=json.loads(sample_part[n % 600].body),
                )
                for n in range(count)
            ]
        rows = WebhookEvent.objects.bulk_create(made, batch_size=500)
        for row in rows:
            WebhookEvent.objects.filter(pk=row.pk).update(status="done", processed_at=timezone.now())
        with stand.sql as connection:
            connection.execute("VACUUM ANALYZE")
    total = 3 * count
    size = "SELECT pg_total_relation_size(%s)"
    event, run = stand.value(size, [OURS]) / total, stand.value(size, [RUNS]) / total
    naive = stand.value(size, ["naive_webhookevent"]) / total
    return {"ours_event": event, "ours_ledger": run, "ours": event + run, "jsonb": naive}


def by_size(stand: Stand, sizes: list[int], count: int) -> list[dict[str, Any]]:
    """Return what storing and processing ``count`` events costs beside so many finished ones."""
    from django_github_app import processing

    stand.clear()
    measured = []
    for size in sizes:
        _fill(stand, size)
        _stored(stand, count, 70)  # warm
        results = []
        for turn in range(3):
            ids, wall, cpu = _stored(stand, count, 80 + turn + size)
            postgres, started = stand.postgres_cpu(), time.perf_counter()
            for start in range(0, count, 100):
                processing.process(ids[start : start + 100], "sync")
            results.append(
                {
                    "ingest_wall_us": wall,
                    "ingest_postgres_us": cpu,
                    "work_wall_us": (time.perf_counter() - started) / count * 1e6,
                    "work_postgres_us": (stand.postgres_cpu() - postgres) / count * 1e6,
                }
            )
        measured.append({"rows": size, **{key: sorted(r[key] for r in results)[1] for key in results[0]}})
        print(measured[-1], flush=True)
    return measured


def _stored(stand: Stand, count: int, seed: int) -> tuple[list[int], float, float]:
    postgres, started = stand.postgres_cpu(), time.perf_counter()
    ids = store_ours("sync", count, seed=seed)
    return (
        ids,
        (time.perf_counter() - started) / count * 1e6,
        (stand.postgres_cpu() - postgres) / count * 1e6,
    )


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
