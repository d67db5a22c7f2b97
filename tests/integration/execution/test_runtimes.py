"""What surrounds a callback: a connection that is fit for the next one, a thread, and a clock that is fair."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from django_github_app.execution import batches, threads
from django_github_app.execution import runtimes as rooms
from django_github_app.models import EventLog, EventStatus, Installation, RunStatus
from django_github_app.process import loop as loops
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store
from tests.support.black_hole import BlackHole


def run(rows: list[EventLog], worker_type: str) -> dict[str, list[str]]:
    batches.process([row.pk for row in rows], worker_type)
    found: dict[str, list[str]] = {}
    for row in rows:
        for one in row.runs.order_by("id"):
            found.setdefault(one.handler.rsplit(".", 1)[-1], []).append(RunStatus(one.status).label)
    return found


# The database connection after a callback


def drop_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def fail_inside_a_transaction() -> None:
    transaction.atomic().__enter__()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def leave_a_transaction_open() -> None:
    transaction.atomic().__enter__()
    Installation.objects.create(installation_id=77, data={})


def leave_autocommit_off() -> None:
    transaction.set_autocommit(False)
    Installation.objects.create(installation_id=77, data={})


def sleep_in_a_query() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")


SPOILERS = [
    drop_connection,
    fail_inside_a_transaction,
    leave_a_transaction_open,
    leave_autocommit_off,
    sleep_in_a_query,
]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_whatever_a_callback_does_to_its_connection_the_next_one_has_a_good_one(
    gh: GitHubRouter,
    worker_type: str,
    spoil: Callable[[], None],
    asynchronous: bool,
    configure: Callable[..., None],
) -> None:
    if spoil is sleep_in_a_query and (asynchronous or worker_type == "async"):
        pytest.skip("a thread that waits in C cannot be stopped: see the tests of threads")
    configure(HANDLER_TIMEOUT=1.0 if spoil is sleep_in_a_query else 20.0, SLOW_AFTER=60.0)

    if asynchronous:
        from asgiref.sync import sync_to_async

        @gh.event("push")
        async def spoiler(event: Any) -> None:
            await sync_to_async(spoil)()
            raise ValueError

        @gh.event("push")
        async def sibling(event: Any) -> None:
            await EventLog.objects.acount()
    else:

        @gh.event("push")
        def spoiler(event: Any) -> None:  # type: ignore[misc]  # the other kind
            spoil()

        @gh.event("push")
        def sibling(event: Any) -> None:  # type: ignore[misc]  # the other kind
            with transaction.atomic():
                EventLog.objects.count()

    rows = [store("push", worker_type=worker_type) for _ in range(3)]  # type: ignore[arg-type]
    found = run(rows, worker_type)
    assert found["sibling"] == ["succeeded"] * 3
    assert found["spoiler"] == ["retrying"] * 3
    assert not Installation.objects.filter(installation_id=77).exists()
    assert not connection.in_atomic_block


@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
def test_a_session_on_a_server_that_became_read_only_is_not_used_by_the_next_callback(
    gh: GitHubRouter, worker_type: str, asynchronous: bool
) -> None:
    def fail_over() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        write()

    def write() -> None:
        Installation.objects.update_or_create(installation_id=77, defaults={"data": {}})

    if asynchronous:
        from asgiref.sync import sync_to_async

        @gh.event("push")
        async def spoiler(event: Any) -> None:
            await sync_to_async(fail_over)()

        @gh.event("push")
        async def sibling(event: Any) -> None:
            await sync_to_async(write)()
    else:

        @gh.event("push")
        def spoiler(event: Any) -> None:  # type: ignore[misc]  # the other kind
            fail_over()

        @gh.event("push")
        def sibling(event: Any) -> None:  # type: ignore[misc]  # the other kind
            write()

    found = run([store("push", worker_type=worker_type)], worker_type)  # type: ignore[arg-type]
    assert found == {"spoiler": ["retrying"], "sibling": ["succeeded"]}


def test_a_transaction_left_open_by_a_callback_that_returns_is_its_failure(
    gh: GitHubRouter, worker_type: str
) -> None:
    @gh.event("push")
    def careless(event: Any) -> None:
        leave_a_transaction_open()

    row = store("push", worker_type=worker_type)  # type: ignore[arg-type]
    assert run([row], worker_type) == {"careless": ["retrying"]}
    assert "left a transaction open on default" in (row.runs.get().error or "")


# Threads


def test_synchronous_callbacks_that_wait_for_a_thread_lose_no_time_by_it(
    gh: GitHubRouter, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(HANDLER_TIMEOUT=1.0)
    monkeypatch.setattr(threads, "THREADS", 2)
    monkeypatch.setattr(threads.Permit, "_gate", None)
    most, running, lock = 0, 0, threading.Lock()

    @gh.event("push")
    def slow(event: Any) -> None:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.4)
        with lock:
            running -= 1

    rows = [store("push") for _ in range(10)]  # the last ones wait for 1.6 s
    assert run(rows, "async") == {"slow": ["succeeded"] * 10}
    assert most == 2


def test_an_event_for_which_no_thread_becomes_free_has_used_up_no_attempt(
    gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "THREADS", 1)
    monkeypatch.setattr(threads, "PATIENCE_FOR_A_THREAD", 0.2)
    monkeypatch.setattr(threads.Permit, "_gate", None)

    @gh.event("push")
    def slow(event: Any) -> None:
        time.sleep(1)

    rows = [store("push") for _ in range(2)]
    run(rows, "async")
    for row in rows:
        row.refresh_from_db()
    done, waits = sorted(rows, key=lambda row: row.status, reverse=True)
    assert (done.status, waits.status) == (EventStatus.DONE, EventStatus.RETRYING)
    assert waits.runs.get().attempts == 0


@pytest.mark.parametrize(
    "off_the_main_thread", [False, True], ids=["async worker", "threads pool of a sync worker"]
)
def test_a_callback_in_a_thread_is_stopped_and_has_ended_when_it_is_recorded(
    gh: GitHubRouter, configure: Callable[..., None], off_the_main_thread: bool
) -> None:
    configure(HANDLER_TIMEOUT=0.3)
    ended = threading.Event()

    @gh.event("push")
    def endless(event: Any) -> None:
        try:
            while True:
                time.sleep(0.01)
        finally:
            ended.set()

    worker_type = "sync" if off_the_main_thread else "async"
    row = store("push", worker_type=worker_type)  # type: ignore[arg-type]
    batches_thread = threading.Thread(target=batches.process, args=([row.pk], worker_type))
    if off_the_main_thread:
        batches_thread.start()
        batches_thread.join(20)
    else:
        batches.process([row.pk], worker_type)
    assert ended.is_set()
    row.refresh_from_db()
    assert row.status == EventStatus.RETRYING
    assert (row.runs.get().error or "").startswith("HandlerTimeout")


def test_a_callback_whose_thread_cannot_be_stopped_is_not_begun_a_second_time(
    gh: GitHubRouter, worker_type: str, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(HANDLER_TIMEOUT=0.2)
    monkeypatch.setattr(rooms, "LEAST_GRACE", 0.2)
    stuck, release = threading.Event(), threading.Event()

    @gh.event("push")
    def waits_in_c(event: Any) -> None:
        stuck.set()
        release.wait(30)

    row = store("push", worker_type=worker_type)  # type: ignore[arg-type]
    other = threading.Thread(target=batches.process, args=([row.pk], worker_type))
    other.start()
    other.join(20)
    try:
        assert stuck.is_set()
        row.refresh_from_db()
        assert row.status == EventStatus.DEAD
        assert (row.runs.get().error or "").startswith("CallbackUnstoppable")
    finally:
        release.set()


@pytest.fixture
def half_dead_server() -> Iterator[Callable[[], None]]:
    """Yield what a callback asks the database: the first time its connection hears nothing more in the middle."""
    server = BlackHole(connection.settings_dict)
    asked: list[int] = []

    def ask() -> None:
        own = connections.create_connection("default")
        options = {key: value for key, value in own.settings_dict["OPTIONS"].items() if key != "host"}
        own.settings_dict = {
            **own.settings_dict, "HOST": "127.0.0.1", "PORT": str(server.port), "OPTIONS": options,
        }  # fmt: skip
        try:
            with own.cursor() as cursor:
                cursor.execute("SELECT 1")
                asked.append(1)
                if len(asked) == 1:
                    server.swallow()
                cursor.execute("SELECT 2")
        finally:
            own.close()

    yield ask
    server.close()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server: unset DATABASE_URL")
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_callback_that_a_silent_database_holds_up_is_stopped_and_tried_again(
    gh: GitHubRouter,
    worker_type: str,
    configure: Callable[..., None],
    half_dead_server: Callable[[], None],
    asynchronous: bool,
) -> None:
    configure(HANDLER_TIMEOUT=2.0, RETRY_BACKOFF=0.0)

    if asynchronous:

        @gh.event("push")
        async def asks_later(event: Any) -> None:
            await sync_to_async(half_dead_server)()
    else:

        @gh.event("push")
        def asks(event: Any) -> None:
            half_dead_server()

    row = store("push", worker_type=worker_type)  # type: ignore[arg-type]
    began = time.monotonic()
    outcomes = []
    for _ in range(2):
        # Beside the main thread, where an alarm would do.
        other = threading.Thread(target=batches.process, args=([row.pk], worker_type))
        other.start()
        other.join(60)
        row.refresh_from_db()
        outcomes.append((EventStatus(row.status).label, (row.runs.get().error or "").partition(":")[0]))
    assert outcomes == [("retrying", "HandlerTimeout"), ("done", "")]
    assert time.monotonic() - began < 30


def test_a_thread_is_used_again(gh: GitHubRouter) -> None:
    names: list[str] = []

    @gh.event("push")
    def note(event: Any) -> None:
        names.append(threading.current_thread().name)

    for _ in range(8):
        run([store("push")], "async")
    assert len(set(names)) <= 2


# The loop


def test_an_asynchronous_callback_that_blocks_the_loop_of_a_sync_worker_leaves_the_next_one_a_loop(
    gh: GitHubRouter, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(HANDLER_TIMEOUT=0.2)
    monkeypatch.setattr(rooms, "LEAST_GRACE", 0.2)
    release = threading.Event()

    @gh.event("push", number=1)
    async def blocks(event: Any) -> None:
        release.wait(30)

    @gh.event("push", number=2)
    async def waits(event: Any) -> None:
        await asyncio.sleep(0)

    rows = [store("push", payload={"number": n}, worker_type="sync") for n in (1, 2)]
    blocked = loops.get_loop()
    try:
        assert run(rows, "sync") == {"blocks": ["dead"], "waits": ["succeeded"]}
        assert loops.get_loop() is not blocked
    finally:
        release.set()
