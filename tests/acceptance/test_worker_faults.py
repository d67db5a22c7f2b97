"""Callbacks that end a program or block their loop, in real workers: nothing ends in silence, nothing stays stuck."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_github_app.execution.watchdog import EXIT_CODE
from django_github_app.models import EventStatus, RunStatus
from tests.support.site import Site

pytestmark = pytest.mark.slow

HANDLERS = {"sync": ["tests.support.leaving_handlers"], "async": ["tests.support.leaving_handlers"]}
APP = {
    "HANDLERS": HANDLERS,
    "SWEEP_GRACE": 2,
    "LEASE_SECONDS": 3,
    "RETRY_BACKOFF": 0.3,
    "MAX_ATTEMPTS": 2,
    "HANDLER_TIMEOUT": 6,
}


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    path = tmp_path / "calls"
    path.touch()
    return path


def push(site: Site, worker_type: str, branch: str) -> None:
    assert site.post(worker_type, "push", ref=f"refs/heads/{branch}").status_code == 202


def count(calls_file: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in calls_file.read_text().splitlines())


def ledger(site: Site) -> list[dict[str, Any]]:
    return site.rows(
        "SELECT handler, r.status, r.attempts, r.error, r.traceback FROM django_github_app_handlerrun r ORDER BY 1"
    )


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_callback_that_exits_is_tried_again_and_dead_in_the_ledger_and_its_worker_works_on(
    make_site: Callable[..., Site], calls_file: Path, worker_type: str
) -> None:
    site = make_site(app=APP, environment={"CALLS_FILE": str(calls_file), "SYNC_CONCURRENCY": "1"})
    site.start("web", f"worker_{worker_type}", *([] if worker_type == "sync" else ["worker_sync"]), "beat")
    push(site, worker_type, "exit")
    push(site, worker_type, "aexit")
    site.wait_until_final(2)
    push(site, worker_type, "main")
    site.wait_until_final(3)
    assert site.statuses() == {EventStatus.DEAD: 2, EventStatus.DONE: 1}
    assert count(calls_file) == {"leave": 2, "aleave": 2, "plain": 1}
    for row in ledger(site):
        if row["handler"].endswith("plain"):
            continue
        assert (row["status"], row["attempts"]) == (RunStatus.DEAD, 2)
        assert row["error"].startswith("SystemExit")
        assert "sys.exit(" in row["traceback"]
    assert site.running[f"worker_{worker_type}"].process.poll() is None


def test_a_loop_that_is_blocked_for_a_while_is_named_in_the_log_and_loses_nothing(
    make_site: Callable[..., Site], calls_file: Path
) -> None:
    site = make_site(app=APP, environment={"CALLS_FILE": str(calls_file)})
    site.start("web", "worker_async", "worker_sync", "beat")
    push(site, "async", "brief")
    for _ in range(5):
        push(site, "async", "main")
    site.wait_until_final(6)
    assert site.statuses() == {EventStatus.DONE: 6}
    assert count(calls_file) == {"brief": 1, "plain": 5}
    output = site.running["worker_async"].output
    assert "event loop blocked by a callback" in output
    assert "in brief" in output


def test_a_worker_whose_loop_stays_blocked_hands_its_events_back_and_ends(
    make_site: Callable[..., Site], calls_file: Path
) -> None:
    site = make_site(app=APP | {"MAX_ATTEMPTS": 1}, environment={"CALLS_FILE": str(calls_file)})
    site.start("web", "worker_async", "worker_sync", "beat")
    worker = site.running["worker_async"]
    push(site, "async", "block")
    site.wait_for(lambda: count(calls_file)["block"] == 1, 20, "the callback to block")
    for _ in range(5):
        push(site, "async", "main")
    deadline = time.monotonic() + 40
    while worker.process.poll() is None:
        assert time.monotonic() < deadline, "the worker did not end"
        time.sleep(0.1)
    assert worker.process.returncode == EXIT_CODE
    (row,) = [row for row in ledger(site) if row["handler"].endswith("block")]
    assert (row["status"], row["attempts"]) == (RunStatus.DEAD, 1)
    assert row["error"].startswith("HandlerTimeout")
    assert "in block" in row["traceback"]
    site.restart("worker_async")
    site.wait_until_final(6)
    assert site.statuses() == {EventStatus.DEAD: 1, EventStatus.DONE: 5}
    assert count(calls_file) == {"block": 1, "plain": 5}
    lost = site.rows("SELECT sum(lost_leases) AS n FROM django_github_app_eventlog")
    assert lost == [{"n": 0}]
