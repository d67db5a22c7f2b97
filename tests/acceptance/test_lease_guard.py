"""Callbacks that keep the interpreter to themselves keep their leases; workers that are stopped lose theirs."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from django_github_app.models import EventStatus
from tests.support.site import Site

pytestmark = pytest.mark.slow

LEASE = 2
APP = {
    "HANDLERS": {"sync": ["tests.support.leaving_handlers"], "async": ["tests.support.leaving_handlers"]},
    "SWEEP_GRACE": 2,
    "LEASE_SECONDS": LEASE,
    "RETRY_BACKOFF": 0.3,
    "HANDLER_TIMEOUT": 60,
}


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    path = tmp_path / "calls"
    path.touch()
    return path


@pytest.fixture
def start(make_site: Callable[..., Site], calls_file: Path) -> Callable[..., Site]:
    def start(worker_type: str, **app: float) -> Site:
        """Start a site with two workers of a type, each of which could take what the other one holds."""
        environment = {
            "CALLS_FILE": str(calls_file),
            "HOLD_SECONDS": str(3 * LEASE + 1),
            "SYNC_CONCURRENCY": "1",
            "ASYNC_CONCURRENCY": "2",
        }
        site = make_site(app={**APP, **app}, environment=environment)
        site.start("web", f"worker_{worker_type}", f"worker_{worker_type}.2", "beat")
        return site

    return start


def push(site: Site, worker_type: str, branch: str) -> None:
    assert site.post(worker_type, "push", ref=f"refs/heads/{branch}").status_code == 202


def calls(calls_file: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in calls_file.read_text().splitlines())


def lost_leases(site: Site) -> int:
    (row,) = site.rows("SELECT sum(lost_leases) AS n FROM django_github_app_eventlog")
    return int(row["n"])


@pytest.mark.parametrize(
    ("worker_type", "branch", "ends"), [("sync", "hold", "held"), ("async", "ahold", "aheld")]
)
def test_a_callback_that_holds_the_interpreter_for_three_leases_runs_once(
    start: Callable[..., Site], calls_file: Path, worker_type: str, branch: str, ends: str
) -> None:
    site = start(worker_type)
    push(site, worker_type, branch)
    site.wait_until_final(1)
    push(site, worker_type, "main")
    site.wait_until_final(2)
    assert site.statuses() == {EventStatus.DONE: 2}
    assert calls(calls_file) == {branch: 1, ends: 1, "plain": 1}
    assert lost_leases(site) == 0


def test_a_process_that_is_held_for_longer_than_a_callback_may_run_is_killed_and_its_lease_ends(
    start: Callable[..., Site], calls_file: Path
) -> None:
    site = start("async", HANDLER_TIMEOUT=1, MAX_LOST_LEASES=1)
    push(site, "async", "ahold")
    # One of two workers ends; its supervisor would start it again.
    workers = [site.running[name].process for name in ("worker_async", "worker_async.2")]
    site.wait_for(
        lambda: any(one.poll() is not None for one in workers), 30, "the worker that is held to be killed"
    )
    site.wait_until_final(1)
    assert site.statuses() == {EventStatus.DEAD: 1}
    assert calls(calls_file) == {"ahold": 1}
    push(site, "async", "main")
    site.wait_until_final(2)


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_worker_that_is_stopped_loses_its_lease_and_begins_nothing_more(
    start: Callable[..., Site], calls_file: Path, worker_type: str
) -> None:
    site = start(worker_type)
    push(site, worker_type, "slow")
    site.wait_for(lambda: calls(calls_file)["slow"] == 1, 20, "the callback to begin")
    pid = int(calls_file.read_text().split()[2])
    os.kill(pid, signal.SIGSTOP)
    try:
        site.wait_for(lambda: calls(calls_file)["slow"] == 2, 30, "another worker to begin it")
        site.wait_until_final(1)
    finally:
        os.kill(pid, signal.SIGCONT)
    site.wait_for(lambda: calls(calls_file)["slept"] == 2, 30, "the stopped worker to go on")
    push(site, worker_type, "main")
    site.wait_until_final(2)
    time.sleep(1)
    assert calls(calls_file) == {"slow": 2, "slept": 2, "after_slow": 1, "plain": 1}
    assert site.statuses() == {EventStatus.DONE: 2}
    assert lost_leases(site) == 1
