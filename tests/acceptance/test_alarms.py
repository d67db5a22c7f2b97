"""Killing each of workers, beat, broker, hook and database on a running site: the right alarm, and its recovery.

Scaled: looks each second, thresholds of seconds. tests/integration/observe/test_watch.py has the unscaled ones, on a
clock of its own.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from deploy.local_servers import LocalServers
from tests.support.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SCALED = {"every": 1.0, "workers": 25.0, "beat": 20.0, "sweep": 30.0, "quiet": 2.0}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(app={"ALARMS": SCALED, "METRICS": True, "METRICS_TOKEN": "t"})


def opened(site: Site) -> set[str]:
    found = site.rows("SELECT key FROM django_github_app_incident WHERE cleared_at IS NULL")
    return {row["key"] for row in found}


def look(site: Site) -> None:
    # As a platform does: each answer lets the web process look.
    with httpx.Client(trust_env=False, timeout=10) as client:
        client.get(f"{site.url}/github/livez")


def wait_for(site: Site, condition: Callable[[], bool], what: str) -> float:
    """Wait until something is so, while the site is asked whether it lives; return how long it took."""
    began = time.monotonic()

    def met() -> bool:
        look(site)
        return condition()

    site.wait_for(met, 90, what)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("part", "alarm"), [("worker_sync", "workers sync"), ("beat", "beat")], ids=["worker", "beat"]
)
def test_a_dead_process_is_noticed_by_those_that_live_and_so_is_its_return(
    site: Site, part: str, alarm: str
) -> None:
    site.start("web", "worker_sync", "worker_async", "beat")
    site.wait_for(
        lambda: len(site.rows("SELECT 1 FROM django_github_app_pulse WHERE name IN ('beat', 'sweep')")) == 2,
        60,
        "signs of life",
    )
    assert opened(site) == set()
    site.kill(part)
    wait_for(site, lambda: alarm in opened(site), f"the alarm of {alarm}")
    site.start(part)
    wait_for(site, lambda: not opened(site), "its recovery")
    told = [line for line in site.logs(400).splitlines() if "alarm raised" in line and f'"{alarm}"' in line]
    assert len(told) == 1


def test_a_dead_broker_is_noticed_and_a_worker_counts_what_it_does(
    site: Site, private_valkey: LocalServers
) -> None:
    site.start("web", "worker_sync", "beat")
    assert site.post("sync", "issues").status_code == 202
    site.wait_until_final(1)

    def counted() -> bool:
        return bool(
            site.rows("SELECT 1 FROM django_github_app_rollup WHERE name = 'events' AND label = 'done'")
        )

    wait_for(site, counted, "rolled-up counters")
    private_valkey.kill_valkey()
    wait_for(site, lambda: "broker" in opened(site), "the alarm of the broker")
    with httpx.Client(trust_env=False, timeout=20) as client:
        answer = client.get(f"{site.url}/github/metrics", headers={"Authorization": "Bearer t"})
    assert 'github_app_incidents{alarm="broker"} 1.0' in answer.text
    private_valkey.start_valkey()
    wait_for(site, lambda: "broker" not in opened(site), "its recovery")


@contextlib.contextmanager
def no_database(site: Site) -> Iterator[None]:
    """Let nobody connect to the site's database any more, and end who is connected."""
    parts = urlsplit(site.database_url)
    name = sql.Identifier(parts.path.lstrip("/"))
    other = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [parts.path.lstrip("/")],
        )
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def test_a_database_that_is_away_is_told_although_no_row_can_be_written(site: Site) -> None:
    def told(what: str) -> int:
        return sum(what in line and '"database"' in line for line in site.logs(2000).splitlines())

    site.start("web", "beat")
    wait_for(
        site, lambda: site.rows("SELECT 1 FROM django_github_app_pulse WHERE name = 'beat'") != [], "beat"
    )
    with no_database(site):
        wait_for(site, lambda: told("alarm raised") > 0, "the alarm of the database")
    wait_for(site, lambda: told("alarm cleared") > 0, "its recovery")
    # The shared cache lets one of them say it.
    assert (told("alarm raised"), told("alarm cleared")) == (1, 1)


def test_a_hook_that_falls_silent_is_noticed_and_so_is_its_next_delivery(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app={"ALARMS": {**SCALED, "silence": 5.0, "silence_factor": 2.0}})
    site.start("web", "worker_sync", "beat")
    # What is known of a hook that is usually silent for two seconds at most, of nine days.
    days = json.dumps({"days": {f"2026-01-{day:02}": 2.0 for day in range(1, 10)}})
    site.rows(
        "INSERT INTO django_github_app_pulse (name, at, detail) VALUES ('hook 0', now(), %s) RETURNING name",
        days,
    )
    assert site.post("sync", "issues").status_code == 202
    wait_for(site, lambda: any(key.startswith("silence ") for key in opened(site)), "the alarm of the hook")
    assert site.post("sync", "issues", number=2).status_code == 202
    wait_for(site, lambda: not opened(site) or site.post("sync", "issues").status_code != 202, "its recovery")


def metric_lines(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(name)]


def test_a_prefork_worker_tells_the_counts_of_all_its_processes_on_its_port(
    make_site: Callable[..., Any],
) -> None:
    from deploy.local_servers import free_port

    port = free_port()
    site = make_site(app={"METRICS": True, "METRICS_PORT": port})
    site.start("web", "worker_sync")
    for number in range(1, 9):
        assert site.post("sync", "issues", number=number).status_code == 202
    site.wait_until_final(8)

    def done() -> float:
        with httpx.Client(trust_env=False, timeout=10) as client:
            text = client.get(f"http://127.0.0.1:{port}/metrics").text
        return sum(float(line.split()[-1]) for line in metric_lines(text, "github_app_events_total"))

    site.wait_for(lambda: done() == 8, 30, "all processes' counts")
