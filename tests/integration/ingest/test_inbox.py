"""The inbox between its two servers: what it does when the database or the broker is slow, down or back."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from msgspec.structs import replace

from django_github_app.broker import publisher
from django_github_app.celery import app as celery_app
from django_github_app.errors import InboxUnavailable
from django_github_app.ingest import inbox, loop_inbox
from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import intake
from tests.support import queues
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import MAIN, Answered, Entrance, PlainAsgi, SyncView
from tests.support.queues import take
from tests.support.requests import Request, request
from tests.support.rows import delivery, find_unpublished

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.backends]

postgresql_only = pytest.mark.skipif(
    "sqlite" in os.environ.get("DATABASE_URL", ""), reason="SQLite has no sessions: unset DATABASE_URL"
)


@pytest.fixture(params=list(MAIN.values()), ids=list(MAIN))
def entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


@pytest.fixture(autouse=True)
def _own_queues(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    request.getfixturevalue("db")  # first, so that it is the last to go
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": f"test-{uuid.uuid4()}"}
    monkeypatch.setattr(publisher, "get_current_app", lambda: celery_app)  # other tests import other apps
    yield
    inbox.close()
    queues.delete()


def names_of_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The database


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Take the database away from new connections (True), and give it back (False)."""
    settings = connections["default"].settings_dict
    kept = dict(settings)
    if connection.vendor == "sqlite":
        away: dict[str, Any] = {"NAME": "/nowhere/db.sqlite3"}
    else:
        options = {key: value for key, value in settings["OPTIONS"].items() if key != "host"}
        away = {"HOST": "127.0.0.1", "PORT": str(closed_port()), "OPTIONS": options}
    connection.ensure_connection()  # of this thread: it stays

    def take_away(gone: bool) -> None:
        settings.update(away if gone else kept)

    yield take_away
    take_away(False)


def test_while_the_database_is_down_a_delivery_is_answered_503(
    entrance: Entrance, database: Callable[[bool], None], caplog: pytest.LogCaptureFixture
) -> None:
    made = request()
    database(True)
    answer = entrance.send(made)
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert answer.json == {
        "error": "unavailable",
        "reason": "the delivery could not be stored; send it again",
    }
    (record,) = [record for record in caplog.records if record.message == "delivery not stored"]
    assert record.levelno == logging.ERROR
    assert record.__dict__["delivery"] == made.headers["x-github-delivery"]
    assert not EventLog.objects.exists()
    database(False)
    assert entrance.send(made).status == 202
    assert EventLog.objects.count() == 1


def test_everyone_who_waits_for_a_database_that_goes_away_is_told_so(
    database: Callable[[bool], None],
) -> None:
    database(True)

    async def many() -> list[Any]:
        stored = (inbox.astore(delivery(), "async") for _ in range(50))
        return await asyncio.gather(*stored, return_exceptions=True)

    assert {type(result) for result in asyncio.run(many())} == {InboxUnavailable}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: SyncView().send(request()), range(16)))
    assert {answer.status for answer in answers} == {503}


@postgresql_only
def test_a_connection_that_was_cut_while_it_was_idle_fails_no_request(entrance: Entrance) -> None:
    assert entrance.send(request()).status == 202
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert cursor.fetchall() == [(True,)]
    assert entrance.send(request()).status == 202
    assert EventLog.objects.count() == 2


@pytest.fixture
def locked() -> Iterator[Callable[[], None]]:
    """Keep others from writing events until the fixture's value is called."""
    other = connection.get_new_connection(connection.get_connection_params())
    try:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        else:
            other.execute("BEGIN; LOCK TABLE django_github_app_eventlog IN EXCLUSIVE MODE")
        yield other.rollback
    finally:
        other.close()


def test_a_database_that_does_not_answer_in_time_is_a_503_and_the_redelivery_a_duplicate(
    entrance: Entrance, settings: Any, locked: Callable[[], None]
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 0.05}
    made = request()
    assert entrance.send(made).status == 503
    locked()
    inbox.close()  # what was handed over is still stored
    assert EventLog.objects.count() == 1
    settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 5}
    answer = entrance.send(made)
    assert (answer.status, answer.json["message"]) == (202, "already received")


def test_one_delivery_that_cannot_be_stored_does_not_fail_those_it_came_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = inbox._new_event

    def new_event(made: Any, worker_type: str) -> Any:
        return original(made, None if made.event == "bad" else worker_type)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "_new_event", new_event)

    async def many() -> list[Any]:
        events = ["bad" if n % 5 == 0 else "issues" for n in range(25)]
        stored = (inbox.astore(replace(delivery(), event=event), "async") for event in events)
        return await asyncio.gather(*stored, return_exceptions=True)

    results = asyncio.run(many())
    assert [isinstance(result, InboxUnavailable) for result in results] == [n % 5 == 0 for n in range(25)]
    assert EventLog.objects.count() == 20


# Groups


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    record = intake.record

    def counted(batch: Sequence[Any]) -> Any:
        sizes.append(len(batch))
        return record(batch)

    monkeypatch.setattr(inbox, "record", counted)
    insert = loop_inbox.LoopInbox._insert

    async def counted_on_the_loop(self: Any, batch: Sequence[Any]) -> Any:
        sizes.append(len(batch))
        return await insert(self, batch)

    monkeypatch.setattr(loop_inbox.LoopInbox, "_insert", counted_on_the_loop)
    return sizes


def test_deliveries_that_come_together_are_committed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = counting(monkeypatch)

    async def burst() -> list[inbox.StoredEvent]:
        return await asyncio.gather(*(inbox.astore(delivery(), "async") for _ in range(500)))

    stored = asyncio.run(burst())
    assert len({row.id for row in stored}) == EventLog.objects.count() == 500
    assert sum(sizes) == 500
    assert len(sizes) < 250


def test_threads_share_a_commit_too_and_each_gets_its_own_answer() -> None:
    made = [request() for _ in range(60)]

    def send(one: Request) -> Answered:
        try:
            return SyncView().send(one)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(send, [*made, *made]))
    assert {answer.status for answer in answers} == {202}
    for one, answer in zip([*made, *made], answers, strict=True):
        assert answer.json["delivery"] == one.headers["x-github-delivery"]
    assert len({answer.json["event_id"] for answer in answers}) == EventLog.objects.count() == 60


def test_without_group_commit_each_request_stores_its_own(entrance: Entrance, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "GROUP_COMMIT": False}
    answer = entrance.send(request())
    assert answer.status == 202
    assert "github-inbox" not in names_of_threads()
    inbox.close()
    assert take(entrance.worker_type) == [[answer.json["event_id"]]]


@postgresql_only
def test_without_group_commit_a_cut_connection_fails_no_request_either(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "GROUP_COMMIT": False}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with connection.get_new_connection(connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    assert SyncView().send(request()).status == 202


@postgresql_only
def test_closing_leaves_no_thread_and_no_connection() -> None:
    PlainAsgi().send(request())
    assert {"github-inbox", "github-publisher"} <= set(names_of_threads())
    inbox.close()
    assert not {"github-inbox", "github-publisher"} & set(names_of_threads())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert cursor.fetchone() == (0,)
    assert PlainAsgi().send(request()).status == 202


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork: run on a POSIX system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_an_inbox_of_its_own() -> None:
    SyncView().send(request())
    parents = inbox._this_process()
    pid = os.fork()
    if pid == 0:  # the child must not return into pytest
        inbox.close()  # which closes nothing of the parent's
        sys.stdout.flush()
        os._exit(0 if inbox._this_process() is not parents else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert inbox._this_process() is parents
    assert SyncView().send(request()).status == 202


def test_many_first_requests_make_one_inbox() -> None:
    inbox.close()
    inbox._process.take()
    barrier = threading.Barrier(16)

    def first(_: int) -> object:
        barrier.wait(5)
        return inbox._this_process()

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(first, range(16)))) == 1


# The broker


def test_a_stored_event_is_published_to_the_queue_of_its_worker_type(entrance: Entrance) -> None:
    ids = [entrance.send(request()).json["event_id"] for _ in range(3)]
    inbox.close()
    assert [pk for message in take(entrance.worker_type) for pk in message] == ids
    other = "sync" if entrance.worker_type == "async" else "async"
    assert take(other) == []


def test_what_is_done_is_not_published_again_and_what_failed_is(entrance: Entrance) -> None:
    made = request()
    pk = entrance.send(made).json["event_id"]
    for status, published in (
        (EventStatus.DONE, []),
        (EventStatus.DEAD, [[pk]]),
        (EventStatus.PENDING, [[pk]]),
    ):
        inbox.close()
        take(entrance.worker_type)
        EventLog.objects.update(status=status)
        assert entrance.send(made).status == 202
        inbox.close()
        assert take(entrance.worker_type) == published, status


def test_a_burst_is_published_in_few_messages_in_order(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "BATCH_SIZE": 100}
    publisher.publish([("async", n) for n in range(250)] + [("sync", 1000)])
    assert take("async") == [list(range(100)), list(range(100, 200)), list(range(200, 250))]
    assert take("sync") == [[1000]]
    publisher.publish_singly([("sync", 1), ("sync", 2)])
    assert take("sync") == [[1], [2]]


def assert_answered_in_time(entrance: Entrance) -> None:
    entrance.send(request(event="push"))  # middleware and the threads are started by the first
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        assert entrance.send(request(event="push")).status == 202
        taken.append(time.perf_counter() - started)
    # All but one: this machine may stop for longer than that by itself.
    assert sorted(taken)[-2] < 0.3, taken
    assert set(EventLog.objects.values_list("status", "published_at")) == {(EventStatus.PENDING, None)}
    found = find_unpublished(limit=100, grace=0)
    assert found == [
        (pk, entrance.worker_type) for pk in EventLog.objects.order_by("pk").values_list("pk", flat=True)
    ]
    assert len(found) == 11


def test_while_the_broker_is_down_deliveries_are_accepted_and_wait_for_the_sweep(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as down:
        down.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{closed_port()}/0")
        assert_answered_in_time(entrance)
        inbox.close()
    (first, *_) = [record for record in caplog.records if "broker unavailable" in record.message]
    assert first.levelno == logging.WARNING


@pytest.fixture
def hung_broker(_own_queues: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server, monkeypatch.context() as hung:
        hung.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        yield


@pytest.mark.usefixtures("hung_broker")
def test_while_the_broker_hangs_deliveries_are_accepted_in_time(entrance: Entrance) -> None:
    assert_answered_in_time(entrance)


def test_a_broker_that_comes_back_gets_the_next_events(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "PAUSE_AFTER_FAILURE", 0.0)
    with monkeypatch.context() as down:
        down.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{closed_port()}/0")
        lost = inbox.store(delivery(), "sync")
        inbox._publisher()._group.submit([], 10)
    published = inbox.store(delivery(), "sync")
    inbox.close()
    assert [record.__dict__.get("error") for record in caplog.records] == ["OperationalError"]
    assert take("sync") == [[published.id]]
    assert (lost.id, "sync") in find_unpublished(limit=10, grace=0)


def test_while_the_broker_is_down_not_every_delivery_tries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def refuse(wanted: Any) -> None:
        tries.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(publisher, "publish", refuse)
    background = publisher.BackgroundPublisher()
    for _ in range(20):
        background._group.submit([("sync", 1)], 5)
    background.close()
    assert len(tries) == 1


def test_a_publisher_that_is_far_behind_drops_hints_and_keeps_accepting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(publisher, "publish", lambda wanted: gate.wait(10))
    background = publisher.BackgroundPublisher()
    background._group._most_waiting = 5
    for n in range(20):
        background.publish_soon([("sync", n)])
    gate.set()
    background.close()
    assert [record.message for record in caplog.records].count("publisher is behind") >= 14


def test_a_connection_that_the_broker_closed_costs_no_event_its_message(settings: Any) -> None:
    import redis

    url = celery_app.conf.broker_url
    if not url.startswith("redis"):
        pytest.skip("CELERY_BROKER_URL names no Redis: unset it to use a private one")
    first = inbox.store(delivery(), "sync")
    inbox._publisher()._group.submit([], 10)
    with redis.Redis.from_url(url) as client:
        # Only this process's: other tests use the same server at this moment.
        ours = {one.laddr.port for one in psutil.Process().net_connections("tcp")}
        itself = client.client_id()
        for one in client.client_list():
            if int(one["addr"].rpartition(":")[2]) in ours and int(one["id"]) != itself:
                client.client_kill_filter(_id=one["id"])
    second = inbox.store(delivery(), "sync")
    inbox.close()
    assert take("sync") == [[first.id], [second.id]]


def test_storing_from_a_coroutine_and_from_a_thread_is_the_same() -> None:
    made = delivery()
    first = inbox.store(made, "sync")
    second = async_to_sync(inbox.astore)(made, "async")
    assert (first.created, second.created) == (True, False)
    assert (second.id, second.worker_type) == (first.id, "sync")
