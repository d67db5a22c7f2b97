from __future__ import annotations

import json
import os
import statistics
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from django_github_app.cli.size import size as command
from django_github_app.setup.sizing import (
    DAY,
    GIB,
    MEASURED,
    Load,
    Measured,
    measured_in,
    size,
    web_processes,
    worker_processes,
    worker_us,
)

RESULTS = Path(os.environ.get("BENCH_RESULTS") or Path(__file__).parents[3] / "docs/benchmarks/results.json")
"""Of `make bench`, or of another run of it."""
FOUND = json.loads(RESULTS.read_text())


def median(name: str, *what: str) -> float:
    """Return what was measured of the first of some things that the run has."""
    workers = FOUND["workers"]["results"]
    rounds = next(workers[one] for one in what if one in workers)
    return float(statistics.median(one[name] for one in rounds))


@pytest.mark.skipif("BENCH_RESULTS" in os.environ, reason="another machine has other figures")
@pytest.mark.parametrize("name", [field.name for field in fields(Measured) if field.name != "wal_bytes"])
def test_the_measured_figures_are_those_of_the_benchmarks(name: str) -> None:
    # What `make bench` measures on another day differs; a quarter of it is what the page promises.
    assert getattr(MEASURED, name) == pytest.approx(getattr(measured_in(FOUND), name), rel=0.25)


def test_what_is_reckoned_of_a_runs_parts_is_what_the_whole_took_in_the_same_run() -> None:
    """The parts: deliveries alone, a backlog alone. The whole: both together, at full speed."""
    rate = 1000.0
    found = measured_in(FOUND)
    load = Load(events_per_day=int(rate * DAY), peak=1, calls=0)
    reckoned = {line.subject: line.value for line in size(load, found)}
    whole = ("end to end, granian", "end to end, ours")
    assert reckoned["PostgreSQL's CPU, peak"] == pytest.approx(
        rate * median("postgres_us", *whole) / 1e6, rel=0.25
    )
    assert found.receive_us + worker_us(load, found) == pytest.approx(median("app_us", *whole), rel=0.25)


def test_a_run_that_left_something_out_has_our_figures_for_it() -> None:
    only = {"workers": {"results": {"ours, async": [{"app_us": 1.0}, {"app_us": 3.0}, {"app_us": 2.0}]}}}
    assert measured_in(only) == replace(MEASURED, work_async_us=2.0)
    assert measured_in({}) == MEASURED


def lines(**load: Any) -> dict[str, float]:
    return {line.subject: line.value for line in size(Load(**load), ROUND)}


ROUND = Measured(
    receive_us=100.0,
    receive_postgres_us=20.0,
    work_async_us=300.0,
    work_async_postgres_us=80.0,
    work_sync_us=300.0,
    work_sync_postgres_us=80.0,
    call_async_us=2_300.0,
    event_bytes=1_000.0,
    run_bytes=200.0,
    archive_bytes=1_000.0,
    wal_bytes=4_000.0,
)


def test_each_figure_follows_from_the_load() -> None:
    found = lines(events_per_day=100 * DAY, peak=10, days_kept=10, days_archived=100, callbacks=2)
    assert (found["events, mean"], found["events, peak"]) == (100, 1000)
    assert found["web processes"] == 2  # 0.1 of a core, and one may be replaced
    assert found["async worker processes"] == 5  # 2.3 cores at half
    assert found["database connections"] == 2 * 2 + 5 * 10 + 4
    assert found["PostgreSQL's CPU, peak"] == pytest.approx(0.1)
    assert found["disk, events and ledger"] == pytest.approx(100 * DAY * 10 * 1_400 / GIB)
    assert found["WAL"] == pytest.approx(100 * DAY * 8_000 / GIB)
    assert found["archives"] == pytest.approx(100 * DAY * 1_000 * 100 / GIB)


def test_money_is_reckoned_of_the_prices_that_are_given() -> None:
    load = {"events_per_day": 100 * DAY, "days_kept": 10, "days_archived": 100}
    assert not any("money" in subject for subject in lines(**load))
    found = lines(**load, disk_price=0.1, archive_price=0.02, request_price=5)
    assert found["disk, money"] == pytest.approx(found["disk, events and ledger"] * 0.1)
    store = found["archives"] * 0.02 + found["S3 requests"] / 1000 * 5
    assert found["archives, money"] == pytest.approx(store)


def test_processes_are_as_many_as_cpu_or_waiting_asks_for() -> None:
    assert web_processes(ROUND, 20_000) == 4
    quick = Load(1, calls=0)
    assert worker_processes(quick, ROUND, 10_000) == 6
    slow = Load(1, calls=1, call_seconds=10)
    assert worker_processes(slow, ROUND, 100) == 5  # a thousand at once, 200 on a loop
    assert worker_processes(Load(1, calls=1, call_seconds=1, worker_type="sync"), ROUND, 8) == 11


def test_little_needs_little_and_nonsense_is_refused() -> None:
    found = lines(events_per_day=1)
    assert (found["web processes"], found["async worker processes"]) == (2, 1)
    with pytest.raises(ValueError, match="peak"):
        size(Load(1, peak=0.5))


def test_the_command_says_of_each_line_whether_it_was_measured() -> None:
    done = CliRunner().invoke(command, ["--events-per-day", "1000000"])
    assert done.exit_code == 0, done.output
    for line in done.output.splitlines()[2:]:
        assert ("measured" in line) or ("reckoned" in line), line
    asked = CliRunner().invoke(
        command, ["--events-per-day", "1000000", "--worker-type", "sync", "--format", "json"]
    )
    assert {line["subject"] for line in json.loads(asked.output)} >= {"sync worker processes", "WAL"}
