"""Tables and plots out of results.json."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from .receivers import RECEIVERS
from .stand import Stand, median_of

PACKAGES = ("Django", "celery", "kombu", "psycopg", "granian", "uvicorn", "gunicorn", "msgspec", "zstandard")


def machine(stand: Stand) -> dict[str, Any]:
    """Return what the results were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "postgresql": stand.value("SHOW server_version"),
        "valkey": stand.broker.info("server").get("valkey_version"),
        "fsync": stand.value("SHOW fsync"),
        **{name: version(name) for name in PACKAGES},
    }


def write(results: dict[str, Any], output: Path) -> None:
    """Write results.md, and the plots if matplotlib is here."""
    lines = [
        "# Results",
        "",
        "Made by `make bench`; medians, least and greatest of the rounds in brackets.",
        "",
    ]
    lines += [", ".join(f"{key} {value}" for key, value in results["machine"].items()), ""]
    for part, title in TITLES.items():
        if part in results:
            found = results[part]
            note = f"{found['date']}; load average before it began: {found['load_average_before']:.1f}"
            lines += [f"## {title}", "", note + ("; quick run" if found["quick"] else ""), ""]
            lines += [*TABLES[part](found["results"]), ""]
    (output / "results.md").write_text("\n".join(lines).rstrip() + "\n")
    _plot(results, output)


def _cell(rounds: list[dict[str, Any]], key: str, digits: int = 0) -> str:
    middle, least, most = median_of(rounds, key)
    spread = f" ({least:,.{digits}f}-{most:,.{digits}f})" if len(rounds) > 1 else ""
    return f"{middle:,.{digits}f}{spread}"


def _receivers(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "| receiver | acks/s | p50 ms | p99 ms | CPU µs: application | CPU µs: PostgreSQL | client's CPU |",
        "|---|---|---|---|---|---|---|",
    ]
    for receiver in RECEIVERS:
        if rounds := found.get(receiver.key):
            share = median_of(rounds, "client_cpu_share")[0]
            lines.append(
                f"| {receiver.title} | {_cell(rounds, 'acks_per_s')} | {_cell(rounds, 'p50_ms', 1)}"
                f" | {_cell(rounds, 'p99_ms', 1)} | {_cell(rounds, 'app_us')} | {_cell(rounds, 'postgres_us')}"
                f" | {share:.0%} |"
            )
    return lines


def _workers(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "| what | events/s | CPU µs per event: Python | PostgreSQL |",
        "|---|---|---|---|",
    ]
    for name, rounds in found.items():
        lines.append(
            f"| {name} | {_cell(rounds, 'events_per_s')} | {_cell(rounds, 'app_us')}"
            f" | {_cell(rounds, 'postgres_us')} |"
        )
    return lines


def _latency(found: list[dict[str, Any]]) -> list[str]:
    return [
        f"{found[0]['rate']:.0f} events per second: p50 {_cell(found, 'p50_ms', 1)} ms,"
        f" p99 {_cell(found, 'p99_ms', 1)} ms from POST to the recorded end;"
        f" acknowledged after p50 {_cell(found, 'ack_p50_ms', 1)} ms, p99 {_cell(found, 'ack_p99_ms', 1)} ms."
    ]


def _storage(found: dict[str, float]) -> list[str]:
    return [
        "| bytes per event, after VACUUM | |",
        "|---|---|",
        f"| ours: event row and its indexes | {found['ours_event']:,.0f} |",
        f"| ours: ledger row and its indexes | {found['ours_ledger']:,.0f} |",
        f"| ours together | {found['ours']:,.0f} |",
        f"| jsonb with defaults, no ledger | {found['jsonb']:,.0f} |",
    ]


def _sizes(found: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| rows stored | storing: µs, PostgreSQL's CPU µs | claim to recorded: µs, PostgreSQL's CPU µs |",
        "|---|---|---|",
    ]
    return lines + [
        f"| {row['rows']:,} | {row['ingest_wall_us']:.0f}, {row['ingest_postgres_us']:.0f}"
        f" | {row['work_wall_us']:.0f}, {row['work_postgres_us']:.0f} |"
        for row in found
    ]


def _curve(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = ["| receiver | connections | acks/s | p50 ms | p99 ms |", "|---|---|---|---|---|"]
    return lines + [
        f"| {key} | {p['connections']} | {p['acks_per_s']:,.0f} | {p['p50_ms']:.1f} | {p['p99_ms']:.1f} |"
        for key, points in found.items()
        for p in points
    ]


TITLES = {
    "receivers": "Durable acknowledgements, 64 connections",
    "workers": "Workers",
    "latency": "From POST to done",
    "storage": "Bytes on disk",
    "sizes": "Cost by table size",
    "curve": "By number of connections",
}
TABLES: dict[str, Any] = {
    "receivers": _receivers,
    "workers": _workers,
    "latency": _latency,
    "storage": _storage,
    "sizes": _sizes,
    "curve": _curve,
}


def _plot(results: dict[str, Any], output: Path) -> None:
    try:
        import matplotlib
    except ImportError:
        print("no plots: matplotlib is not installed (extra: bench)")
        return
    matplotlib.use("svg")
    from matplotlib import pyplot

    if "curve" in results:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5))
        for key, points in results["curve"]["results"].items():
            connections = [p["connections"] for p in points]
            left.plot(connections, [p["acks_per_s"] for p in points], marker="o", label=key)
            right.plot(connections, [p["p99_ms"] for p in points], marker="o", label=key)
        for axes, title in ((left, "acknowledged per second"), (right, "p99 in ms")):
            axes.set(title=title, xlabel="connections", xscale="log", yscale="log")
            axes.legend()
        figure.tight_layout()
        figure.savefig(output / "connections.svg")
    if "sizes" in results:
        rows = results["sizes"]["results"]
        figure, axes = pyplot.subplots(figsize=(5, 3.5))
        for key in ("ingest_wall_us", "work_wall_us", "ingest_postgres_us", "work_postgres_us"):
            axes.plot([r["rows"] for r in rows], [r[key] for r in rows], marker="o", label=key)
        axes.set(title="µs per event", xlabel="rows stored", xscale="log", ylim=(0, None))
        axes.legend()
        figure.tight_layout()
        figure.savefig(output / "sizes.svg")
