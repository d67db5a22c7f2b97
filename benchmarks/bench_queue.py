"""The queue: backlogs by how they were stored, lanes across worker types, wake-ups for nothing, and a held snapshot.

    python -m benchmarks.bench_queue [--quick] [--parts backlog,mixed,idle,snapshot] [--output FILE]

Every figure that matters is a ratio of two in one run, in turns, so that a busy machine is in both.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from .receivers import OURS
from .stand import Stand
from .workers import FINISHED, _emptied, _wait, ours, store_ours

KINDS = ("sync", "async")


@dataclass(frozen=True)
class Size:
    backlog: int
    mixed: int
    idle: int
    rate: float
    seconds: float
    lanes: Sequence[int]
    kinds: Sequence[str] = KINDS


FULL = Size(backlog=20_000, mixed=40_000, idle=5_000, rate=250, seconds=240, lanes=(200, 10))
QUICK = Size(backlog=2_000, mixed=2_000, idle=300, rate=60, seconds=15, lanes=(20,))


def backlog(stand: Stand, size: Size) -> dict[str, Any]:
    """A message for each event against a message for each hundred: the same events, the same workers."""
    return {
        kind: {
            how: _backlog(stand, kind, size.backlog, each)
            for how, each in (("bursts", 100), ("one by one", 1))
        }
        for kind in size.kinds
    }


def _backlog(stand: Stand, kind: str, count: int, each: int) -> dict[str, Any]:
    from django_github_app.broker import publisher

    stand.clear()
    ids = store_ours(kind, count)
    with stand.workers(ours(kind)) as workers:
        publisher.publish([(kind, pk) for pk in store_ours(kind, 4, 9)])  # handlers imported
        _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 4, workers)
        found = _emptied(
            stand,
            workers,
            count,
            lambda: publisher.publish([(kind, pk) for pk in ids], each),
            f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED}",
            f"SELECT extract(epoch FROM max(finished_at)) FROM {OURS}",
        )
    return {"messages": count // each, **found}


def mixed(stand: Stand, size: Size) -> dict[str, Any]:
    """Lanes whose events belong to both worker types in turn, while one type has a backlog: from one to the next."""
    from django_github_app.broker import publisher

    stand.clear()
    in_lanes = 200
    with stand.workers([*ours("sync"), ours("async")[0]]) as workers:
        for kind in KINDS:
            publisher.publish([(kind, pk) for pk in store_ours(kind, 4, 9)])
        _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 8, workers)
        waiting = store_ours("async", size.mixed)
        with stand.sql as connection:
            connection.execute(f"UPDATE {OURS} SET lane = NULL WHERE status = 0")
        pairs = []
        for number in range(in_lanes):
            (first,), (second,) = store_ours("sync", 1, 1000 + number), store_ours("async", 1, 1000 + number)
            pairs.append((first, second))
        with stand.sql as connection:
            for number, pair in enumerate(pairs):
                connection.execute(
                    f"UPDATE {OURS} SET lane = %s WHERE id = ANY(%s)", [10**12 + number, list(pair)]
                )
        # Now: to store the pairs takes longer than to work off the backlog.
        publisher.publish([("async", pk) for pk in waiting], 100)
        for first, second in pairs:
            publisher.publish([("sync", first), ("async", second)])
            time.sleep(0.005)
        _wait(
            stand,
            f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED} AND lane >= {10**12}",
            2 * in_lanes,
            workers,
            300,
        )
        left = stand.value(f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED}")
        with stand.sql as connection:
            rows = dict(
                connection.execute(
                    f"SELECT id, extract(epoch FROM finished_at)::float8 FROM {OURS} WHERE lane >= {10**12}"
                ).fetchall()
            )
    took = sorted(rows[second] - rows[first] for first, second in pairs)
    return {
        "backlog": size.mixed,
        "left_when_lanes_ended": left,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
    }


def idle(stand: Stand, size: Size) -> dict[str, Any]:
    """Wake-ups for nothing, and for one event each: CPU of the worker and of PostgreSQL for one message."""
    from django_github_app.broker import publisher

    found: dict[str, Any] = {}
    for kind in size.kinds:
        stand.clear()
        with stand.workers(ours(kind)) as workers:
            publisher.publish([(kind, pk) for pk in store_ours(kind, 4, 9)])
            _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 4, workers)
            found[kind] = {}
            ids = store_ours(kind, size.idle)
            for what in ("an event each", "nothing"):
                app, postgres = sum(w.cpu() for w in workers), stand.postgres_cpu()
                if what == "nothing":
                    for _ in range(size.idle):
                        publisher.wake(kind)
                else:
                    publisher.publish([(kind, pk) for pk in ids], 1)
                while stand.broker.llen(f"github.{kind}"):
                    time.sleep(0.05)
                time.sleep(1)
                found[kind][what] = {
                    "worker_us": (sum(w.cpu() for w in workers) - app) / size.idle * 1e6,
                    "postgres_us": (stand.postgres_cpu() - postgres) / size.idle * 1e6,
                }
    return found


@contextlib.contextmanager
def held_snapshot(stand: Stand, hold: bool) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if hold:
            connection = stack.enter_context(psycopg.connect(stand.database_url, autocommit=True))
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            connection.execute(f"SELECT count(*) FROM {OURS}")
        yield


def snapshot(stand: Stand, size: Size) -> dict[str, Any]:
    """A steady rate over some lanes, with a snapshot held from the beginning and without."""
    return {
        str(lanes): {
            "held" if hold else "free": _steady(stand, size.rate, size.seconds, lanes, hold)
            for hold in (False, True)
        }
        for lanes in size.lanes
    }


def _steady(stand: Stand, rate: float, seconds: float, lanes: int, hold: bool) -> dict[str, Any]:
    from django_github_app.broker import publisher

    stand.clear()
    with stand.workers(ours("async")) as workers, _sweeping(), held_snapshot(stand, hold):
        publisher.publish([("async", pk) for pk in store_ours("async", 4, 9)])
        _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 4, workers)
        app, postgres = sum(w.cpu() for w in workers), stand.postgres_cpu()
        background = publisher.BackgroundPublisher()
        began, number = time.monotonic(), 0
        store = _storing(lanes)
        while time.monotonic() < began + seconds:
            due = int((time.monotonic() - began) * rate) - number
            for start in range(0, due, 20):
                count = min(20, due - start)
                background.publish_soon([("async", pk) for pk in store(number, count)])
                number += count
            time.sleep(0.004)
        background.close()
        wall = time.monotonic() - began
        app, postgres = sum(w.cpu() for w in workers) - app, stand.postgres_cpu() - postgres
        left = stand.value(f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED}")
        with contextlib.suppress(RuntimeError):
            _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", number + 4, workers, 60)
    return {
        **_last_minute(stand, seconds),
        "stored_per_s": number / wall,
        "left": left,
        "worker_us": app / number * 1e6,
        "postgres_us": postgres / number * 1e6,
    }


def _last_minute(stand: Stand, seconds: float) -> dict[str, Any]:
    """Return the waits of what was stored in the last part of the run, where the dead versions are most."""
    with stand.sql as connection:
        took = sorted(
            float(t)
            for (t,) in connection.execute(
                f"""SELECT extract(epoch FROM coalesce(finished_at, now()) - received_at) FROM {OURS}
                WHERE received_at > (SELECT max(received_at) FROM {OURS}) - make_interval(secs => %s)""",
                [min(60, seconds / 3)],
            ).fetchall()
        )
    return {
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "measured": len(took),
    }


@contextlib.contextmanager
def _sweeping() -> Iterator[None]:
    """Sweep each five seconds, as beat has it done."""
    from django.db import connections

    from django_github_app.maintenance import sweep

    ended = threading.Event()

    def run() -> None:
        while not ended.wait(5):
            sweep.sweep()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _storing(lanes: int) -> Callable[[int, int], list[int]]:
    from django_github_app import deliveries
    from django_github_app.sql.intake import NewEvent, StoredEvent, record

    from . import corpus

    samples = corpus.samples(200, 3)
    secret = [corpus.SECRET.encode()]

    def store(first: int, count: int) -> list[int]:
        batch = []
        for number in range(first, first + count):
            sample = samples[number % len(samples)]
            headers = {
                "content-type": "application/json",
                "x-github-event": sample.event,
                "x-github-delivery": f"steady-{number}",
                "x-hub-signature-256": sample.signature,
            }
            batch.append(
                NewEvent(deliveries.parse(headers, sample.body, secret), "async", 10**12 + number % lanes)
            )
        return [one.id for one in record(batch) if isinstance(one, StoredEvent)]

    return store


PARTS: dict[str, Callable[[Stand, Size], dict[str, Any]]] = {
    "backlog": backlog,
    "mixed": mixed,
    "idle": idle,
    "snapshot": snapshot,
}


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """Return what the goals are about."""
    found = {}
    for kind, by_how in results.get("backlog", {}).items():
        found[f"backlog {kind}, one by one / bursts"] = (
            by_how["one by one"]["events_per_s"] / by_how["bursts"]["events_per_s"]
        )
    if "mixed" in results:
        found["next event of a mixed lane behind a backlog, p99 in s"] = results["mixed"]["p99_ms"] / 1000
    for lanes, both in results.get("snapshot", {}).items():
        for key in ("p50_ms", "p99_ms", "postgres_us"):
            found[f"snapshot held / not, {lanes} lanes, {key}"] = both["held"][key] / both["free"][key]
        found[f"events left, {lanes} lanes, snapshot held"] = both["held"]["left"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seconds", type=float, help="of each steady run")
    parser.add_argument("--rate", type=float, help="of each steady run, events a second")
    parser.add_argument("--lanes", help="of each steady run, such as 200,10")
    parser.add_argument("--backlog", type=int)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    size = replace(
        size,
        backlog=options.backlog or size.backlog,
        rate=options.rate or size.rate,
        seconds=options.seconds or size.seconds,
        lanes=tuple(map(int, options.lanes.split(","))) if options.lanes else size.lanes,
        kinds=tuple(options.kinds.split(",")),
    )
    stand = Stand()
    results: dict[str, Any] = {}
    try:
        stand.use_here()
        for name in options.parts.split(","):
            results[name] = PARTS[name](stand, size)
            print(json.dumps({name: results[name]}, indent=1), flush=True)
    finally:
        stand.close()
    results["ratios"] = ratios(results)
    print(json.dumps(results["ratios"], indent=1))
    if options.output:
        options.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
