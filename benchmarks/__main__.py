"""``make bench``: every benchmark on private servers, and its report in docs/benchmarks/."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path
from typing import Any

import click

from . import peers, receivers, report, storage, workers
from .stand import ROOT, Stand

PARTS = ("receivers", "workers", "latency", "storage", "sizes", "curve")
OUTPUT = ROOT / "docs" / "benchmarks"


@click.command()
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only these; default: all.")
@click.option("--quick", is_flag=True, help="Small sizes, one round: does everything run?")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=5.0, show_default=True, help="Of load per receiver and round.")
@click.option("--backlog", default=20_000, show_default=True)
@click.option("--rows", default=1_000_000, show_default=True, help="The largest table of `sizes`.")
@click.option("--receiver", "keys", multiple=True, help="Only these receivers.")
@click.option("--more", is_flag=True, help="Add the rounds of receivers and workers to those that are there.")
@click.option(
    "--report", "only_report", is_flag=True, help="Measure nothing; write results.md and plots again."
)
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path))
def main(
    parts: tuple[str, ...],
    quick: bool,
    rounds: int,
    seconds: float,
    backlog: int,
    rows: int,
    keys: tuple[str, ...],
    more: bool,
    only_report: bool,
    output: Path,
) -> None:
    """Measure, and write results.json, results.md and plots. Parts that are not run keep their last results."""
    parts = parts or PARTS
    if quick:
        rounds, seconds, backlog, rows = 1, 1.0, 1_000, 20_000
    output.mkdir(parents=True, exist_ok=True)
    path = output / "results.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if only_report:
        report.write(results, output)
        return
    stand = Stand()
    try:
        stand.use_here()
        if {"receivers", "curve"} & set(parts):
            others, results["missing"] = peers.prepare(stand)
            print(*results["missing"], sep="\n", end="")
            receivers.RECEIVERS.extend(others)
        for part in parts:
            print(f"== {part}", flush=True)
            began, load = time.time(), os.getloadavg()[0]
            found = run(
                part, stand, rounds=rounds, seconds=seconds, backlog=backlog, rows=rows, keys=list(keys)
            )
            if more and part in results:
                found = _together(results[part]["results"], found)
            results[part] = {
                "results": found,
                "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
                "minutes": round((time.time() - began) / 60, 1),
                "load_average_before": load,
                "quick": quick,
            }
            results["machine"] = report.machine(stand)
            path.write_text(json.dumps(results, indent=1) + "\n")
    finally:
        stand.close()
    report.write(results, output)


def run(
    part: str, stand: Stand, *, rounds: int, seconds: float, backlog: int, rows: int, keys: list[str]
) -> Any:
    """Run one part and return its results."""
    pool = "2 times threads 4, connections kept"
    match part:
        case "receivers":
            chosen = [r for r in receivers.RECEIVERS if not keys or r.key in keys]
            return receivers.measure(stand, chosen, rounds=rounds, seconds=seconds, connections=64)
        case "workers":
            found: dict[str, list[dict[str, Any]]] = {}

            def add(name: str, result: dict[str, Any]) -> None:
                found.setdefault(name, []).append(result)
                shown = ", ".join(f"{key} {value:,.0f}" for key, value in result.items())
                print(f"{name}: {shown}", flush=True)

            for turn in range(rounds):
                for name in workers.NAIVE_POOLS if turn == 0 else [pool]:
                    add(f"naive, {name}", workers.backlog_naive(stand, name, max(200, backlog // 10)))
                for kind in ("sync", "async"):
                    add(f"ours, {kind}", workers.backlog_ours(stand, kind, backlog))
                add(
                    "end to end, naive",
                    workers.end_to_end(stand, "naive-sync", max(200, backlog // 10), pool),
                )
                add("end to end, ours", workers.end_to_end(stand, "fast", backlog))
                # As the Procfile has it: what the calculator reckons out of its parts (docs/sizing.md).
                add("end to end, granian", workers.end_to_end(stand, "fast-granian", backlog))
                add("waiting 100 ms, prefork", workers.waiting(stand, "sync", min(backlog, 400)))
                add("waiting 100 ms, async", workers.waiting(stand, "async", min(backlog, 2000)))
            return found
        case "latency":
            return [
                workers.steady(stand, 500, 5 * seconds if turn == 0 else seconds) for turn in range(rounds)
            ]
        case "storage":
            return storage.bytes_per_event(stand, backlog)
        case "sizes":
            return storage.by_size(stand, sorted({10_000, rows // 10, rows}), min(2_000, backlog // 10))
        case _:
            wanted = keys or ["bare", "fast", "naive-sync", "probot"]
            return {
                receiver.key: [
                    {"connections": n, **receivers.once(stand, receiver, seconds=seconds / 2, connections=n)}
                    for n in ((1, 4, 16, 64, 256) if seconds > 2 else (1, 64))
                ]
                for receiver in receivers.RECEIVERS
                if receiver.key in wanted
            }


def _together(earlier: Any, found: Any) -> Any:
    """Return rounds after earlier ones; what is no set of rounds is what was found last."""
    if isinstance(earlier, list) and isinstance(found, list):
        return [*earlier, *found]
    if isinstance(earlier, dict) and all(isinstance(rounds, list) for rounds in found.values()):
        return {key: [*earlier.get(key, []), *found.get(key, [])] for key in {**earlier, **found}}
    return found


if __name__ == "__main__":
    main()
