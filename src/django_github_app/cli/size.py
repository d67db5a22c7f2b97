"""``manage.py github size``: what a number of events needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import IO, Any

import click

from django_github_app.setup import sizing


@click.command()
@click.option("--events-per-day", type=click.IntRange(min=1), required=True)
@click.option(
    "--peak", type=click.FloatRange(min=1), default=10.0, show_default=True, help="Busiest minute over mean."
)
@click.option(
    "--callbacks", type=click.FloatRange(min=0), default=1.0, show_default=True, help="For each event."
)
@click.option(
    "--calls", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Of GitHub, for each event."
)
@click.option(
    "--call-seconds", type=click.FloatRange(min=0), default=0.1, show_default=True, help="How long one takes."
)
@click.option(
    "--handler-cpu-ms", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Of your own code."
)
@click.option("--worker-type", type=click.Choice(["async", "sync"]), default="async", show_default=True)
@click.option("--days-kept", type=click.IntRange(min=0), default=30, show_default=True)
@click.option("--days-archived", type=click.IntRange(min=0), default=365, show_default=True)
@click.option(
    "--outage-hours",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Without workers, that the broker bears.",
)
@click.option("--disk-price", type=click.FloatRange(min=0), default=0.0, help="Of a GiB of disk and month.")
@click.option(
    "--archive-price", type=click.FloatRange(min=0), default=0.0, help="Of a GiB of the store and month."
)
@click.option(
    "--request-price", type=click.FloatRange(min=0), default=0.0, help="Of 1,000 requests to the store."
)
@click.option(
    "--bench",
    type=click.File("rb"),
    help="The results.json of `make bench` on your machine: its figures instead of ours.",
)
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def size(output: str, bench: IO[bytes] | None, **load: Any) -> None:
    """Reckon processes, connections, PostgreSQL, disk, broker and S3 for a load.

    Each line says what was measured (docs/benchmarks, one machine of two cores) and what is reckoned from it.
    """
    measured = sizing.measured_in(json.load(bench)) if bench is not None else sizing.MEASURED
    lines = sizing.size(sizing.Load(**load), measured)
    if output == "json":
        click.echo(json.dumps([asdict(line) for line in lines], indent=2))
        return
    for line in lines:
        value = (
            f"{line.value:,.0f}"
            if line.value >= 100 or line.value == int(line.value)
            else f"{line.value:.2g}"
        )
        click.echo(f"{line.subject:<26}{value:>12} {line.unit:<8} {line.how}")
