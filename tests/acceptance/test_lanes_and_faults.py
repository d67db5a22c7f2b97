"""Order within an issue or pull request, and what is left when a worker or the broker dies: real processes."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local_servers import LocalServers
from django_github_app.models import EventStatus
from django_github_app.testing import payloads
from tests.support.site import Site

pytestmark = pytest.mark.slow

HANDLERS = {"sync": ["tests.support.lane_handlers"], "async": ["tests.support.lane_handlers"]}
APP = {"HANDLERS": HANDLERS, "SWEEP_GRACE": 2, "LEASE_SECONDS": 3, "RETRY_BACKOFF": 0.5}


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    path = tmp_path / "calls"
    path.touch()
    return path


def environment(calls_file: Path, **more: str) -> dict[str, str]:
    return {"CALLS_FILE": str(calls_file), **more}


async def post_comments(site: Site, numbers: Sequence[int], worker_type: str = "async") -> list[str]:
    """Post one comment for each number, 20 at a time; return the delivery ids."""
    gate = asyncio.Semaphore(20)
    event = "issue_comment" if worker_type == "async" else "issues"

    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:

        async def post(number: int) -> str:
            delivery = str(uuid.uuid4())
            payload: dict[str, Any] = payloads.build(event, number=number)
            async with gate:
                response = await client.post(**site.request(worker_type, event, payload, delivery))
            assert response.status_code == 202, response.text
            return delivery

        return list(await asyncio.gather(*map(post, numbers)))


def in_order_of_receipt(site: Site, deliveries: Sequence[str]) -> list[str]:
    rows = site.rows("SELECT delivery FROM django_github_app_eventlog ORDER BY id")
    wanted = set(deliveries)
    return [row["delivery"] for row in rows if row["delivery"] in wanted]


def calls(calls_file: Path) -> list[tuple[str, str, str]]:
    return [tuple(line.split()) for line in calls_file.read_text().splitlines()]  # type: ignore[misc]  # three each


async def test_comments_on_one_pull_request_run_in_order_one_at_a_time_and_delay_no_other(
    make_site: Callable[..., Site], calls_file: Path
) -> None:
    site = make_site(app=APP, environment=environment(calls_file, LANE_HANDLER_SECONDS="0.02"))
    site.start("web", "worker_async", "worker_async.2", "beat")
    lane = await post_comments(site, [7] * 200)
    others = await post_comments(site, list(range(100, 130)))
    site.wait_until_final(230, timeout=120)

    assert site.statuses() == {EventStatus.DONE: 230}
    expected = in_order_of_receipt(site, lane)
    in_lane = [(what, delivery) for what, delivery, _ in calls(calls_file) if delivery in set(lane)]
    assert in_lane == [(what, delivery) for delivery in expected for what in ("start", "end")]

    ends = [delivery for what, delivery, _ in calls(calls_file) if what == "end"]
    last_other = max(ends.index(delivery) for delivery in others)
    lane_before = sum(delivery in set(lane) for delivery in ends[:last_other])
    # The others came in last, behind 200 events of the lane, and are through while most of it still waits.
    assert lane_before < 190
    assert Counter(ends) == Counter([*lane, *others])


async def test_a_killed_worker_costs_nothing_but_the_second_run_of_what_it_had_begun(
    make_site: Callable[..., Site], calls_file: Path
) -> None:
    site = make_site(app=APP, environment=environment(calls_file, LANE_HANDLER_SECONDS="0.05"))
    site.start("web", "worker_async", "worker_async.2", "worker_sync", "beat")
    posted = await post_comments(site, [n % 40 for n in range(120)])
    posted += await post_comments(site, list(range(60)), worker_type="sync")
    site.wait_for(lambda: len(calls(calls_file)) > 20, 30, "some events to run")
    site.kill("worker_async")
    site.kill("worker_sync")
    begun = Counter(delivery for what, delivery, _ in calls(calls_file) if what == "start")
    site.start("worker_async", "worker_sync")
    site.wait_until_final(180, timeout=120)

    assert site.statuses() == {EventStatus.DONE: 180}
    starts = Counter(delivery for what, delivery, _ in calls(calls_file) if what == "start")
    ends = {delivery for what, delivery, _ in calls(calls_file) if what == "end"}
    assert ends == set(posted)
    twice = {delivery for delivery, count in starts.items() if count > 1}
    assert twice <= set(begun)
    assert max(starts.values()) <= 2
    runs = site.rows(
        "SELECT event_id, count(*) AS n FROM django_github_app_handlerrun GROUP BY event_id HAVING count(*) > 1"
    )
    assert runs == []


async def test_a_broker_that_dies_and_forgets_everything_loses_no_event(
    make_site: Callable[..., Site], private_valkey: LocalServers, calls_file: Path
) -> None:
    site = make_site(app=APP, environment=environment(calls_file, LANE_HANDLER_SECONDS="0.05"))
    site.start()
    posted = await post_comments(site, [n % 30 for n in range(100)])
    private_valkey.kill_valkey()
    down_since = time.monotonic()
    started = time.monotonic()
    posted += await post_comments(site, [n % 30 for n in range(50)])
    assert time.monotonic() - started < 15  # 50 acknowledgements without a broker
    posted += await post_comments(site, list(range(20)), worker_type="sync")
    await asyncio.sleep(max(0.0, 10 - (time.monotonic() - down_since)))
    private_valkey.start_valkey()
    site.wait_until_final(170, timeout=150)

    assert site.statuses() == {EventStatus.DONE: 170}
    ends = Counter(delivery for what, delivery, _ in calls(calls_file) if what == "end")
    assert ends == Counter(posted)
