"""PostgreSQL or GitHub is away for a while, with real servers and workers: all goes on by itself, nothing is lost.

The suite tries one server of each interface; `make faults` tries all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from django_github_app.models import EventStatus, RunStatus
from django_github_app.testing import FakeGitHub, payloads
from tests.support import services
from tests.support.black_hole import BlackHole
from tests.support.servers import CHOSEN, SERVERS
from tests.support.site import SECRET, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

APP = {"SWEEP_GRACE": 2, "LEASE_SECONDS": 6, "RETRY_BACKOFF": 0.5}
TYPES = ("async", "sync")


def status_of(site: Site, worker_type: str, seconds: float = 40) -> int:
    request = site.request(worker_type, "push", payloads.build("push"))
    with httpx.Client(timeout=seconds, trust_env=False) as client:
        return client.post(**request).status_code


def post_until_taken(site: Site, count: int, seconds: float) -> int:
    """Have ``count`` deliveries taken, in turn for both worker types, as redelivery would; return refusals."""
    deadline, refused, taken = time.monotonic() + seconds, 0, 0
    while taken < count:
        status = status_of(site, TYPES[taken % 2])
        assert status in (202, 503)
        if status == 202:
            taken += 1
        else:
            refused += 1
            assert time.monotonic() < deadline, f"{taken} taken, {refused} refused; {site.logs()}"
            time.sleep(0.2)
    return refused


def set_read_only(site: Site, read_only: bool) -> None:
    """Let sessions that begin from now on be read-only, as after a failover to a standby, or no longer."""
    name = services.database_name(site.database_url)
    value = sql.SQL(
        "SET default_transaction_read_only = on" if read_only else "RESET default_transaction_read_only"
    )
    with psycopg.connect(services.with_path(site.database_url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} {}").format(sql.Identifier(name), value))


def forget_message(site: Site) -> None:
    """Let an event wait of which no message tells: only the sweep finds it."""
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE django_github_app_eventlog SET status = 0, finished_at = NULL"
            " WHERE id = (SELECT max(id) FROM django_github_app_eventlog)"
        )


def end_sessions(site: Site) -> None:
    name = services.database_name(site.database_url)
    with psycopg.connect(services.with_path(site.database_url, "postgres"), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


@pytest.mark.parametrize("server", CHOSEN)
def test_sessions_that_a_failover_left_on_a_read_only_server_are_replaced(
    make_site: Callable[..., Site], server: str
) -> None:
    site = make_site(app=APP, commands={"web": SERVERS[server]})
    site.start()
    post_until_taken(site, 4, 10)
    site.wait_until_final(4)
    set_read_only(site, read_only=True)
    end_sessions(site)
    refusals = 0
    deadline = time.monotonic() + 6  # workers and beat meet it too
    while time.monotonic() < deadline:
        refusals += status_of(site, TYPES[refusals % 2]) == 503
        time.sleep(0.1)
    assert refusals > 5
    set_read_only(site, read_only=False)
    post_until_taken(site, 40, 10)
    site.wait_until_final(44)
    forget_message(site)
    site.wait_until_final(44, timeout=30)
    assert set(site.statuses()) <= {EventStatus.DONE, EventStatus.IGNORED}
    for name in ("web", "worker_sync", "worker_async", "beat"):
        assert site.running[name].process.poll() is None


@pytest.fixture
def hole(traced_database: str) -> Iterator[BlackHole]:
    parts = urlsplit(traced_database)
    host = dict(one.partition("=")[::2] for one in parts.query.split("&")).get("host") or parts.hostname
    made = BlackHole({"HOST": host, "PORT": parts.port, "OPTIONS": {}})
    yield made
    made.close()


def through(hole: BlackHole, url: str) -> str:
    parts = urlsplit(url)
    user = f"{parts.username}{':' + parts.password if parts.password else ''}@" if parts.username else ""
    return urlunsplit((parts.scheme, f"{user}127.0.0.1:{hole.port}", parts.path, "", ""))


@pytest.mark.parametrize("server", CHOSEN)
def test_a_database_host_that_falls_silent_costs_seconds_and_nothing_hangs(
    make_site: Callable[..., Site], traced_database: str, hole: BlackHole, server: str
) -> None:
    environment = {services.DATABASE_URL: through(hole, traced_database)}
    site = make_site(app=APP, environment=environment, commands={"web": SERVERS[server]})
    site.start()
    post_until_taken(site, 4, 10)
    site.wait_until_final(4)
    hole.deaf = True
    hole.swallow()
    silent_until = time.monotonic() + 10
    answered: list[float] = []
    while time.monotonic() < silent_until:
        began = time.monotonic()
        assert status_of(site, TYPES[len(answered) % 2]) == 503
        answered.append(time.monotonic() - began)
    assert max(answered) < 20
    hole.deaf = False  # what was opened meanwhile stays silent
    post_until_taken(site, 40, 30)
    site.wait_until_final(44, timeout=90)
    assert set(site.statuses()) <= {EventStatus.DONE, EventStatus.IGNORED}
    for name in ("web", "worker_sync", "worker_async", "beat"):
        assert site.running[name].process.poll() is None


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


def test_while_github_is_away_one_call_for_all_workers_finds_out_and_no_attempt_is_used_up(
    make_site: Callable[..., Site], github: FakeGitHub
) -> None:
    handlers = ["tests.support.asking_handlers"]
    # One attempt is all an event has.
    app = github.settings(
        WEBHOOK_SECRET=SECRET,
        HANDLERS={"sync": handlers, "async": handlers},
        MAX_ATTEMPTS=1,
        API_RETRIES=0,
        **APP,
    )
    site = make_site(app=app, environment={"SYNC_CONCURRENCY": "3"})
    site.start("web", "worker_sync", "worker_sync.2", "worker_async", "worker_async.2", "beat")
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    for number in range(1, 11):
        github.repo("octo/widgets").issue(number)
    github.fail_next(10**6, status=503, path="/issues/")
    events = 60
    with httpx.Client(timeout=30, trust_env=False) as client:
        for index in range(events):
            worker_type, event = (("sync", "issues"), ("async", "issue_comment"))[index % 2]
            payload = payloads.build(
                event, number=index % 10 + 1, repository="octo/widgets", installation=installation.id
            )
            payload["action"] = {"issues": "opened", "issue_comment": "created"}[event]
            assert client.post(**site.request(worker_type, event, payload)).status_code == 202
    seconds = 25 if os.environ.get("FAULTS") != "all" else 60
    time.sleep(seconds)
    asked = [request for request in github.requests if "/issues/" in request.path]
    # Those under way together before it was known, and then a probe after 5, 10, 20, 40 seconds.
    assert 4 <= len(asked) <= 25, len(asked)
    github.faults.clear()
    site.wait_until_final(events, timeout=120)
    assert site.statuses() == {EventStatus.DONE: events}
    runs = site.rows("SELECT DISTINCT status, attempts FROM django_github_app_handlerrun")
    assert runs == [{"status": RunStatus.SUCCEEDED, "attempts": 1}]
