"""Durable acknowledgements: every receiver under the same load, one after the other, several rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .stand import Loading, Stand

UVICORN = ["uvicorn", "--port", "{port}", "--no-access-log", "--log-level", "warning"]
GRANIAN = ["granian", "--port", "{port}", "--workers", "1", "--log-level", "warning"]
GUNICORN = ["gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "warning"]


@dataclass(frozen=True)
class Receiver:
    """How a receiver is started, where it is asked, and which table must hold what it acknowledged ("": none)."""

    key: str
    title: str
    command: Sequence[str]
    path: str
    table: str
    environment: dict[str, str] = field(default_factory=dict)
    database: str = ""  # "": the stand's own


NAIVE = {"BENCH_NAIVE": "1"}
NO_MIDDLEWARE = {"BENCH_MIDDLEWARE": "none"}
OURS = "django_github_app_eventlog"
RECEIVERS = [
    Receiver(
        "naive-sync",
        "naive: sync view, `.delay`, gunicorn, 2 workers with 4 threads each",
        [*GUNICORN, "--workers", "2", "--threads", "4", "--keep-alive", "60", "benchmarks.site.wsgi"],
        "/naive/sync/",
        "naive_webhookevent",
        NAIVE,
    ),
    Receiver(
        "naive-async",
        "naive: async view, `.delay`, uvicorn",
        [*UVICORN, "benchmarks.site.asgi:django"],
        "/naive/async/",
        "naive_webhookevent",
        NAIVE,
    ),
    Receiver(
        "bare",
        "limit: bare ASGI, group commit, zstd-1, uvicorn",
        [*UVICORN, "benchmarks.site.bare:application"],
        "/",
        "bare_event",
    ),
    Receiver(
        "bare-granian",
        "limit: the same, granian",
        [*GRANIAN, "--interface", "asgi", "benchmarks.site.bare:application"],
        "/",
        "bare_event",
    ),
    Receiver(
        "fast",
        "ours: fast path, uvicorn",
        [*UVICORN, "benchmarks.site.asgi:application"],
        "/fast/async/",
        OURS,
    ),
    Receiver(
        "fast-granian",
        "ours: fast path, granian",
        [*GRANIAN, "--interface", "asginl", "benchmarks.site.asgi:application"],
        "/fast/async/",
        OURS,
    ),
    Receiver(
        "fast-wsgi",
        "ours: fast path, granian WSGI",
        [*GRANIAN, "--interface", "wsgi", "--blocking-threads", "64", "benchmarks.site.wsgi:application"],
        "/fast/sync/",
        OURS,
    ),
    Receiver(
        "async-view",
        "ours: AsyncWebhookView, default middleware, uvicorn",
        [*UVICORN, "benchmarks.site.asgi:django"],
        "/github/async/",
        OURS,
    ),
    Receiver(
        "django-alone",
        "Django alone: an async view that does nothing, default middleware, uvicorn",
        [*UVICORN, "benchmarks.site.asgi:django"],
        "/nothing/",
        "",
    ),
    Receiver(
        "async-view-bare",
        "ours: AsyncWebhookView, no middleware, granian",
        [*GRANIAN, "--interface", "asginl", "benchmarks.site.asgi:django"],
        "/github/async/",
        OURS,
        NO_MIDDLEWARE,
    ),
    Receiver(
        "sync-view",
        "ours: SyncWebhookView, default middleware, granian WSGI",
        [*GRANIAN, "--interface", "wsgi", "--blocking-threads", "64", "benchmarks.site.wsgi:application"],
        "/github/sync/",
        OURS,
    ),
    Receiver(
        "sync-view-bare",
        "ours: SyncWebhookView, no middleware, granian WSGI",
        [*GRANIAN, "--interface", "wsgi", "--blocking-threads", "64", "benchmarks.site.wsgi:application"],
        "/github/sync/",
        OURS,
        NO_MIDDLEWARE,
    ),
]


def measure(
    stand: Stand, chosen: Sequence[Receiver], *, rounds: int, seconds: float, connections: int
) -> dict[str, list[dict[str, Any]]]:
    """Return each receiver's results, one per round; the receivers take turns."""
    results: dict[str, list[dict[str, Any]]] = {receiver.key: [] for receiver in chosen}
    for _ in range(rounds):
        for receiver in chosen:
            result = once(stand, receiver, seconds=seconds, connections=connections)
            print(
                f"{receiver.key:16} {result['acks_per_s']:8.0f}/s  p50 {result['p50_ms']:7.1f}"
                f"  p99 {result['p99_ms']:7.1f} ms"
                f"  app {result['app_us']:6.0f} µs  PostgreSQL {result['postgres_us']:6.0f} µs"
                f"  client {result['client_cpu_share']:.0%}",
                flush=True,
            )
            results[receiver.key].append(result)
    return results


def once(
    stand: Stand, receiver: Receiver, *, seconds: float, connections: int, **load: object
) -> dict[str, Any]:
    """Start a receiver, load it, and check that every delivery it acknowledged has a row, if it says so."""
    stand.clear()
    if receiver.database:
        stand.empty(receiver.database, receiver.table)
    with stand.server(receiver.key, receiver.command, **receiver.environment) as (running, url):
        options = {"connections": connections, "seconds": seconds, "warm_up": 1.5, **load}
        result = Loading(stand, url + receiver.path, **options).measure(running)
    stored = 0
    if receiver.table:
        stored = stand.value(f"SELECT count(*) FROM {receiver.table}", database=receiver.database)
        if stored < result["all_acks"]:
            raise RuntimeError(f"{receiver.key}: {result['all_acks']} acknowledged, {stored} stored")
    if not result["all_acks"]:
        raise RuntimeError(f"{receiver.key} acknowledged nothing: {result['answers']}")
    return {**result, "title": receiver.title, "durable": bool(receiver.table), "stored": stored}
