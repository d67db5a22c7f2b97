"""``make size-check``: what the calculator reckons out of parts, beside the whole, measured by turns in one run.

Writes a results.json as `make bench` does, with deliveries alone, a backlog alone and both together; prints what
tests/unit/setup/test_sizing.py compares.
"""

from __future__ import annotations

import json
import os
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import click

from . import receivers, workers
from .stand import ROOT, Stand

RECEIVER, WHOLE = "fast-granian", "end to end, granian"


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=3.0, show_default=True, help="Of load on the receiver alone.")
@click.option("--backlog", default=10_000, show_default=True)
@click.option("--output", default=ROOT / ".local" / "bench-size", type=click.Path(path_type=Path))
def main(rounds: int, seconds: float, backlog: int, output: Path) -> None:
    """Measure the parts and the whole by turns, and say how far the sum is from it."""
    receiver = next(one for one in receivers.RECEIVERS if one.key == RECEIVER)
    alone: list[dict[str, Any]] = []
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    stand = Stand()
    load = os.getloadavg()[0]
    try:
        stand.use_here()
        for turn in range(rounds):
            alone.append(receivers.once(stand, receiver, seconds=seconds, connections=64))
            found["ours, async"].append(workers.backlog_ours(stand, "async", backlog))
            found[WHOLE].append(workers.end_to_end(stand, RECEIVER, backlog))
            print(f"round {turn + 1} of {rounds}", flush=True)
    finally:
        stand.close()
    output.mkdir(parents=True, exist_ok=True)
    results = {"receivers": {"results": {RECEIVER: alone}}, "workers": {"results": found}}
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"load average before it began: {load:.1f}")
    for what in ("app_us", "postgres_us"):
        parts = [_median(rounds_, what) for rounds_ in (alone, found["ours, async"])]
        whole = _median(found[WHOLE], what)
        print(
            f"{what}: {parts[0]:.0f} + {parts[1]:.0f} = {sum(parts):.0f} reckoned, {whole:.0f} measured:"
            f" {sum(parts) / whole:.2f}"
        )
    print(f"WAL: {_median(found[WHOLE], 'wal_bytes'):,.0f} bytes an event")


def _median(rounds: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(one[name] for one in rounds))


if __name__ == "__main__":
    main()
