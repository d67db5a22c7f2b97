"""Workers that are restarted, as for a new release, and a database that drops its connections."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable

import pytest

from django_github_app.models import EventStatus
from tests.support.mixed_load import Sent, mixed, post_all
from tests.support.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HANDLERS = {"sync": ["tests.support.mixed_handlers"], "async": ["tests.support.mixed_ahandlers"]}
# What in production is half a minute, so that the test need not wait for it.
IMPATIENT = {
    "HANDLERS": HANDLERS,
    "SWEEP_INTERVAL": 1,
    "SWEEP_GRACE": 2,
    "LEASE_SECONDS": 5,
    "RETRY_BACKOFF": 0.5,
}
EVENTS = 200


def assert_all_processed(site: Site, load: list[Sent]) -> None:
    site.wait_until_final(len(load), timeout=120)
    assert set(site.statuses()) <= {EventStatus.DONE, EventStatus.IGNORED}
    calls = Counter(site.calls())
    expected = {f"{handler} {sent.delivery}" for sent in load for handler in sent.handlers}
    assert set(calls) == expected
    assert set(calls.values()) == {1}
    runs = site.rows(
        "SELECT status, count(*) AS n FROM django_github_app_handlerrun WHERE handler LIKE %s GROUP BY status",
        "tests.%",
    )
    assert runs == [{"status": 10, "n": len(expected)}]


async def test_workers_stopped_in_good_order_under_load_repeat_nothing(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app=IMPATIENT, environment={"HANDLER_SECONDS": "0.05"})
    site.start()
    load = mixed(EVENTS, seed=12)
    posting = asyncio.create_task(post_all(site, load))

    def both_at_work() -> bool:
        return {call.split(".")[0] for call in site.calls()} == {"sync", "async"}

    await asyncio.to_thread(site.wait_for, both_at_work, 30, "calls of both workers")
    for name in ("worker_async", "worker_sync"):
        await asyncio.to_thread(site.kill, name, signal.SIGTERM)
    assert set(await posting) == {202}
    assert site.statuses()[EventStatus.PENDING] > 0
    assert EventStatus.PROCESSING not in site.statuses()
    await asyncio.to_thread(site.start, "worker_sync", "worker_async")
    assert_all_processed(site, load)


async def test_a_database_that_drops_every_connection_is_used_again_by_all_processes(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app=IMPATIENT)
    site.start()
    before, after = mixed(EVENTS // 2, seed=13), mixed(EVENTS // 2, seed=14)
    assert set(await post_all(site, before)) == {202}
    site.wait_until_final(len(before))
    dropped = site.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert len(dropped) >= 3
    assert set(await post_all(site, after)) == {202}
    assert_all_processed(site, [*before, *after])
