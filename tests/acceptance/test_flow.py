"""Nine pushes to a pull request whose review takes long: real processes, any order, doubled, a worker killed."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from django_github_app.models import EventStatus, RunStatus
from tests.support.flowing import push_payload, sha
from tests.support.site import Site

pytestmark = pytest.mark.slow

HANDLERS = {"sync": ["tests.support.flow_handlers"], "async": ["tests.support.flow_handlers"]}
APP = {"HANDLERS": HANDLERS, "SWEEP_GRACE": 2, "LEASE_SECONDS": 3, "RETRY_BACKOFF": 0.5}


def calls(path: Path) -> list[tuple[str, str]]:
    return [(what, head) for what, head, _ in map(str.split, path.read_text().splitlines())]


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_of_nine_pushes_only_the_last_completes_though_shuffled_doubled_and_with_a_worker_killed(
    make_site: Callable[..., Site], tmp_path: Path, worker_type: str
) -> None:
    path = tmp_path / "calls"
    path.touch()
    environment = {
        "CALLS_FILE": str(path),
        "REVIEW_SECONDS": "3",
        "REVIEW_IS": worker_type,
        "SYNC_CONCURRENCY": "2",
    }
    site = make_site(app=APP, environment=environment)
    first, second = f"worker_{worker_type}", f"worker_{worker_type}.2"
    site.start("web", first, "beat")
    order = random.Random(worker_type).sample(range(1, 10), 9)
    deliveries = [(number, str(uuid.uuid4())) for number in order]
    with httpx.Client(timeout=30, trust_env=False) as client:

        def post(number: int, delivery: str) -> None:
            request = site.request(worker_type, "pull_request", push_payload(number), delivery)
            assert client.post(**request).status_code == 202

        post(*deliveries[0])
        site.wait_for(lambda: calls(path) == [("start", sha(order[0]))], 20, "the first review to begin")
        # Killed in the middle of a review; another one takes over what it had.
        site.kill(first)
        site.start(second)
        for number, delivery in [*deliveries[1:], *deliveries]:
            post(number, delivery)
            time.sleep(0.1)
    site.wait_until_final(9, timeout=60)
    assert site.statuses() == {EventStatus.DONE: 9}
    assert [head for what, head in calls(path) if what == "end"] == [sha(9)]
    # Never two at once: each that began has ended before the next one began, but for the one that was killed.
    running: list[str] = []
    for what, head in calls(path)[1:]:
        if what == "start":
            assert running == []
            running = [head]
        else:
            assert running == [head]
            running = []
    found = site.rows(
        "SELECT r.status, count(*) AS n FROM django_github_app_handlerrun r GROUP BY r.status ORDER BY r.status"
    )
    assert {row["status"]: row["n"] for row in found} == {RunStatus.SUCCEEDED: 1, RunStatus.SUPERSEDED: 8}
    (left,) = site.rows("SELECT count(*) AS n FROM django_github_app_flowplace")
    assert left["n"] == 0
