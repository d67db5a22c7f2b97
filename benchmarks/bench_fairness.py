"""One installation floods, twenty others send an event a second each: how long these wait, with it and without.

    python -m benchmarks.bench_fairness [--quick] [--kinds sync,async] [--flood N] [--seconds S] [--output FILE]

Both in one run, with the same workers; what a person types in the flooding repository is measured too.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .bench_queue import _sweeping
from .receivers import OURS
from .stand import Stand
from .workers import FINISHED, _wait, ours

OTHERS = 20
HANDLERS = "benchmarks.site.flood_handlers"


def store(kind: str, installation: int, count: int, event: str = "push", **more: Any) -> list[int]:
    """Store events of an installation, without publishing them; return their ids."""
    import uuid

    from django_github_app.deliveries import Delivery, Summary
    from django_github_app.sql.intake import NewEvent, StoredEvent, record
    from django_github_app.testing import payloads

    data = {**payloads.build(event, **more), "installation": {"id": installation}}
    body, summary = json.dumps(data).encode(), Summary.from_payload(data)
    ids: list[int] = []
    for start in range(0, count, 100):
        batch = [
            NewEvent(Delivery(event, str(uuid.uuid4()), 1, 1, summary, body), kind, None)
            for _ in range(min(100, count - start))
        ]
        ids += [one.id for one in record(batch) if isinstance(one, StoredEvent)]
    return ids


def measure(stand: Stand, kind: str, flood: int, seconds: float) -> dict[str, Any]:
    """Return the waits of the others without and with a flood, and those of what a person typed in it."""
    from django_github_app.broker import publisher

    stand.clear()
    names = {"BENCH_HANDLERS": HANDLERS, "BENCH_AHANDLERS": HANDLERS, "BENCH_FLOOD": kind}
    with stand.workers(ours(kind), **names) as workers, _sweeping():
        publisher.publish([(kind, pk) for pk in store(kind, 999, 4)])
        _wait(stand, f"SELECT count(*) FROM {OURS} WHERE status >= {FINISHED}", 4, workers)
        found: dict[str, Any] = {"quiet": _others(stand, kind, seconds)}
        ids = store(kind, 1, flood)
        publisher.publish([(kind, pk) for pk in ids], 100)
        found["flood"] = _others(stand, kind, seconds, typed=True)
        waits = f"SELECT count(*) FROM {OURS} WHERE status < {FINISHED} AND installation_id = 1"
        found["left"] = stand.value(waits)
    return found


def _others(stand: Stand, kind: str, seconds: float, *, typed: bool = False) -> dict[str, float]:
    from django_github_app.broker import publisher

    stored: list[int] = []
    commands: list[int] = []
    began = time.monotonic()
    background = publisher.BackgroundPublisher()
    for number in range(int(OTHERS * seconds)):
        time.sleep(max(0.0, began + number / OTHERS - time.monotonic()))
        ids = store(kind, 100 + number % OTHERS, 1)
        stored += ids
        if typed and number % OTHERS == 0:
            commands += store(kind, 1, 1, "issue_comment", action="created")
            ids = [*ids, commands[-1]]
        background.publish_soon([(kind, pk) for pk in ids])
    time.sleep(2)
    background.close()
    found = _waits(stand, stored)
    return found | ({"typed_max_ms": _waits(stand, commands)["max_ms"]} if commands else {})


def _waits(stand: Stand, ids: Sequence[int]) -> dict[str, float]:
    with stand.sql as connection:
        took = sorted(
            float(one)
            for (one,) in connection.execute(
                f"""SELECT extract(epoch FROM coalesce(finished_at, now()) - received_at) FROM {OURS}
                WHERE id = ANY(%s)""",
                [list(ids)],
            ).fetchall()
        )
    return {
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "max_ms": took[-1] * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--kinds", default="sync,async")
    parser.add_argument("--flood", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    flood = options.flood or (2_000 if options.quick else 20_000)
    seconds = options.seconds or (6.0 if options.quick else 40.0)
    stand = Stand()
    results: dict[str, Any] = {}
    try:
        stand.use_here()
        for kind in options.kinds.split(","):
            found = results[kind] = measure(stand, kind, flood, seconds)
            found["ratio"] = found["flood"]["p99_ms"] / found["quiet"]["p99_ms"]
            print(json.dumps({kind: found}, indent=1), flush=True)
    finally:
        stand.close()
    if options.output:
        options.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
