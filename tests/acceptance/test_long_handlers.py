"""Handlers that run long, through deploys and the death of a worker: no step that was kept runs again.

``make long`` runs the long form: 100 handlers of 45 minutes, their time scaled to LONG_SECONDS.
"""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from honcho import environ

from django_github_app.models import EventStatus
from tests.support.site import ROOT, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

COUNT = int(os.environ.get("LONG_COUNT", "12"))
SECONDS = float(os.environ.get("LONG_SECONDS", "6"))
STEPS = 20
APP = {
    "HANDLERS": {"sync": ["tests.support.long_handlers"], "async": ["tests.support.long_handlers"]},
    "SWEEP_GRACE": 2,
    "LEASE_SECONDS": 3,
    "SHUTDOWN_GRACE": 1,
    "HANDLER_TIMEOUT": 2,  # 45 minutes are 540 times the 5 that a handler has by itself: these exceed it too
}


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    path = tmp_path / "calls"
    path.touch()
    return path


@pytest.fixture
def start(make_site: Callable[..., Site], calls_file: Path) -> Callable[..., Site]:
    def start(*names: str, commands: Mapping[str, str] | None = None, **environment: str) -> Site:
        given = {
            "CALLS_FILE": str(calls_file),
            "STEPS": str(STEPS),
            "STEP_SECONDS": str(SECONDS / STEPS),
            "SYNC_CONCURRENCY": "4",
            **environment,
        }
        site = make_site(app=APP, environment=given, commands=commands)
        site.start("web", *names, "beat")
        return site

    return start


def noted(calls_file: Path, what: str) -> list[tuple[str, int, int, float]]:
    lines = [line.split() for line in calls_file.read_text().splitlines()]
    return [(one[1], int(one[2]), int(one[3]), float(one[4])) for one in lines if one[0] == what]


def assert_nothing_kept_ran_again(calls_file: Path) -> None:
    kept: set[tuple[str, str]] = set()
    again = []
    for line in calls_file.read_text().splitlines():
        what, event, step, *_ = line.split()
        if what == "step" and (event, step) in kept:
            again.append((event, step))
        if what == "kept":
            kept.add((event, step))
    assert again == []


def lost_leases(site: Site) -> int:
    (row,) = site.rows(
        "SELECT coalesce(sum(attempts), 0) AS n FROM django_github_app_eventlog WHERE lost_leases > 0"
    )
    return int(row["n"])


def push(site: Site, worker_type: str, branch: str) -> None:
    # Each in a repository of its own: they share no lane.
    assert site.post(worker_type, "push", ref=f"refs/heads/{branch}").status_code == 202


class Others:
    """Sends other events, one each 0.1 s, and measures how long each takes."""

    def __init__(self, site: Site, calls_file: Path) -> None:
        self._site, self._file = site, calls_file
        self._sent: dict[str, float] = {}
        self._stop = threading.Event()
        self._number = 1000

    def for_seconds(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop.is_set():
            self._number += 1
            self._sent[str(self._number)] = time.time()
            issue = {"number": self._number}
            assert self._site.post("async", "issues", "opened", issue=issue).status_code == 202
            time.sleep(0.1)

    def taken(self, since: int = 0) -> list[float]:
        done = {number: at for number, _, _, at in noted(self._file, "quick")}
        return [done[one] - at for one, at in list(self._sent.items())[since:] if one in done]

    @property
    def count(self) -> int:
        return len(self._sent)


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def test_long_handlers_outlive_two_deploys_and_a_killed_worker_and_delay_nobody(
    start: Callable[..., Site], calls_file: Path
) -> None:
    site = start("worker_async", "worker_async.2", ASYNC_CONCURRENCY="4")
    others = Others(site, calls_file)
    others.for_seconds(1)
    site.wait_for(
        lambda: len(others.taken()) == others.count, 30, "the workers to have loaded their handlers"
    )
    loaded = others.count
    others.for_seconds(SECONDS / 3)
    site.wait_for(lambda: len(others.taken()) == others.count, 30, "the others alone")
    alone, before = others.taken(loaded), others.count
    for number in range(COUNT):
        push(site, "async", "along")
        if number % 10 == 0:
            time.sleep(0.05)
    site.wait_for(lambda: len({one[0] for one in noted(calls_file, "step")}) == COUNT, 60, "all to begin")
    beside = threading.Thread(target=others.for_seconds, args=[SECONDS / 3])
    beside.start()
    beside.join()
    site.wait_for(lambda: len(others.taken()) == others.count, 30, "the others beside long ones")
    ratio = p99(others.taken(before)) / p99(alone)
    site.restart("worker_async", signal.SIGTERM)
    site.restart("worker_async.2", signal.SIGTERM)
    site.restart("worker_async.2", signal.SIGKILL)
    site.wait_until_final(COUNT + others.count, SECONDS * 4 + 60)
    assert site.statuses() == {EventStatus.DONE: COUNT + others.count}
    assert_nothing_kept_ran_again(calls_file)
    done = Counter(event for event, *_ in noted(calls_file, "done"))
    assert len(done) == COUNT
    assert set(done.values()) == {1}
    print(f"{COUNT} handlers; p99 of others {p99(alone):.3f} s alone, {ratio:.2f} times that beside them")
    assert ratio < float(os.environ.get("LONG_RATIO", "4"))


@pytest.mark.parametrize("branch", ["long", "once"] if "LONG_COUNT" in os.environ else ["once"])
def test_a_handler_in_a_process_goes_on_after_a_deploy_where_it_was(
    start: Callable[..., Site], calls_file: Path, branch: str
) -> None:
    site = start("worker_sync")
    push(site, "sync", branch)
    site.wait_for(lambda: len(noted(calls_file, "step")) >= (3 if branch == "long" else 1), 30, "it to begin")
    began = time.monotonic()
    site.kill("worker_sync", signal.SIGTERM)
    assert time.monotonic() - began < 10
    assert site.statuses() == {EventStatus.PENDING: 1}  # handed back, not left to its lease
    site.start("worker_sync")
    site.wait_until_final(1, 60)
    assert site.statuses() == {EventStatus.DONE: 1}
    assert_nothing_kept_ran_again(calls_file)
    assert lost_leases(site) == 0
    assert len({one[2] for one in noted(calls_file, "done")}) == 1


def test_a_task_that_celery_would_end_is_given_the_time_that_its_callback_has(
    start: Callable[..., Site], calls_file: Path
) -> None:
    command = environ.parse_procfile((ROOT / "Procfile").read_text()).processes["worker_sync"]
    site = start("worker_sync", commands={"worker_sync": f"{command} --time-limit 3"})
    push(site, "sync", "long")
    site.wait_until_final(1, 60)
    assert site.statuses() == {EventStatus.DONE: 1}
    assert len({one[2] for one in noted(calls_file, "step")}) == 1  # one process
