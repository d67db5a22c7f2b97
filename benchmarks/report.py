"""Tables and plots out of results.json."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from . import goals
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
        "Made by `make bench`; medians, least and greatest of the rounds in brackets. README.md says what",
        "is measured and what limits it.",
        "",
        *goals.table(results),
        "",
    ]
    lines += [", ".join(f"{key} {value}" for key, value in results.get("machine", {}).items()), ""]
    lines += [line for said in results.get("missing", []) for line in (said, "")]
    for part, title in TITLES.items():
        if part in results:
            found = results[part]
            note = f"{found['date']}; load average before it began: {found['load_average_before']:.1f}"
            lines += [f"## {title}", "", note + ("; quick run" if found.get("quick") else ""), ""]
            lines += [*TABLES[part](found["results"]), ""]
    (output / "results.md").write_text("\n".join(lines).rstrip() + "\n")
    _plot(results, output)


def _cell(rounds: list[dict[str, Any]], key: str, digits: int = 0) -> str:
    middle, least, most = median_of(rounds, key)
    spread = f" ({least:,.{digits}f}-{most:,.{digits}f})" if len(rounds) > 1 else ""
    return f"{middle:,.{digits}f}{spread}"


def _receivers(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "| receiver | stored? | acks/s | p50 ms | p99 ms | CPU µs: application | CPU µs: PostgreSQL | client's CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rounds in found.values():
        share = median_of(rounds, "client_cpu_share")[0]
        durable = rounds[-1]["durable"]
        postgres = _cell(rounds, "postgres_us") if durable else ""
        lines.append(
            f"| {rounds[-1]['title']} | {'yes' if durable else 'no'} | {_cell(rounds, 'acks_per_s')}"
            f" | {_cell(rounds, 'p50_ms', 1)} | {_cell(rounds, 'p99_ms', 1)} | {_cell(rounds, 'app_us')}"
            f" | {postgres} | {share:.0%} of a core |"
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


def _storage(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{found['events']:,} events, {found['payload']:,.0f} bytes of payload each, which become"
        f" {found['body']:,.0f} bytes in a row of {found['row']:,.0f}. Vacuumed by autovacuum's rule: dead versions"
        " and space that waits to be used count.",
        "",
        "| bytes on disk per event | |",
        "|---|---|",
    ]
    for table, title in found["titles"].items():
        parts = found["relations"][table]
        lines.append(f"| **{title}** | **{sum(parts.values()):,.0f}** |")
        lines += [f"| {name} | {size:,.0f} |" for name, size in parts.items() if size >= 0.5]
    return lines


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
        f"| {point['title']} | {point['connections']} | {point['acks_per_s']:,.0f} | {point['p50_ms']:.1f}"
        f" | {point['p99_ms']:.1f} |"
        for points in found.values()
        for point in points
    ]


def _retention(found: dict[str, Any]) -> list[str]:
    lines = ["`retention.md`, which `make bench` writes, has the details.", "", "| | |", "|---|---|"]
    return lines + [f"| {key.replace('_', ' ')} | {value:,.0f} |" for key, value in found.items()]


TITLES = {
    "receivers": "Durable acknowledgements, 64 connections",
    "workers": "Workers",
    "latency": "From POST to done",
    "storage": "Bytes on disk",
    "sizes": "Cost by table size",
    "curve": "By number of connections",
    "retention": "Retention",
}
TABLES: dict[str, Any] = {
    "receivers": _receivers,
    "workers": _workers,
    "latency": _latency,
    "storage": _storage,
    "sizes": _sizes,
    "curve": _curve,
    "retention": _retention,
}


def _plot(results: dict[str, Any], output: Path) -> None:
    try:
        import matplotlib
    except ImportError:
        print("no plots: matplotlib is not installed (extra: bench)")
        return
    matplotlib.use("svg")
    from matplotlib import pyplot, ticker

    if "curve" in results:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
        for points in results["curve"]["results"].values():
            connections = [p["connections"] for p in points]
            title = points[0]["title"].replace("`", "") + (
                "" if points[0]["durable"] else " (stores nothing)"
            )
            left.plot(connections, [p["acks_per_s"] for p in points], marker="o", label=title)
            right.plot(connections, [p["p99_ms"] for p in points], marker="o")
        for axes, title in ((left, "acknowledged per second"), (right, "p99 in ms")):
            axes.set(title=title, xlabel="connections", xscale="log", yscale="log")
            axes.set_xticks(connections, [str(n) for n in connections])
            axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_minor_locator(ticker.NullLocator())
            axes.grid(alpha=0.3)
        figure.legend(loc="outside lower center", ncols=2, fontsize="small")
        figure.tight_layout(rect=(0, 0.16, 1, 1))
        _save(figure, output / "connections.svg")
    if "sizes" in results:
        rows = results["sizes"]["results"]
        figure, axes = pyplot.subplots(figsize=(6, 4))
        lines = {
            "work_wall_us": "claim to recorded",
            "ingest_wall_us": "storing",
            "work_postgres_us": "claim to recorded: PostgreSQL's CPU",
            "ingest_postgres_us": "storing: PostgreSQL's CPU",
        }
        for key, label in lines.items():
            axes.plot([r["rows"] for r in rows], [r[key] for r in rows], marker="o", label=label)
        axes.set(title="µs per event", xlabel="rows stored", xscale="log", ylim=(0, None))
        axes.legend(fontsize="small")
        figure.tight_layout()
        _save(figure, output / "sizes.svg")


def _save(figure: Any, path: Path) -> None:
    # Without the date two plots of the same figures are the same file.
    figure.savefig(path, metadata={"Date": None})
