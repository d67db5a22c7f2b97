"""The inbox of an event loop: what it does itself, and what it leaves to the inbox's thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from msgspec.structs import replace

from django_github_app.broker import publisher
from django_github_app.celery import app as celery_app
from django_github_app.errors import DeliveryConflict, InboxUnavailable
from django_github_app.ingest import inbox, loop_inbox
from django_github_app.models import EventLog
from tests.support import queues
from tests.support.committed import db  # noqa: F401
from tests.support.queues import take
from tests.support.rows import delivery

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(
        "sqlite" in os.environ.get("DATABASE_URL", ""),
        reason="no loop waits for SQLite: unset DATABASE_URL",
    ),
]


@dataclass
class Inserts:
    """What was inserted on a loop's connection: the size of each batch and the sessions that did it."""

    sizes: list[int] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)


@pytest.fixture
def inserts(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inserts]:
    request.getfixturevalue("db")  # first, so that it is the last to go
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": f"test-{uuid.uuid4()}"}
    monkeypatch.setattr(publisher, "get_current_app", lambda: celery_app)
    seen = Inserts()
    original = loop_inbox.LoopInbox._insert

    async def insert(self: loop_inbox.LoopInbox, batch: Sequence[Any]) -> Any:
        rows = await original(self, batch)
        assert self._connection is not None
        seen.sizes.append(len(batch))
        seen.sessions.add(self._connection.info.backend_pid)
        return rows

    monkeypatch.setattr(loop_inbox.LoopInbox, "_insert", insert)
    yield seen
    inbox.close()
    queues.delete()
    # Not one connection was left behind. (PostgreSQL takes a moment to end a session.)
    assert eventually(lambda: sessions() == set())


def on_a_loop(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run ``work`` on a loop that has had a delivery before, so that its inbox is in use."""

    async def run() -> Any:
        await inbox.astore(delivery(), "async")
        return await work()

    return asyncio.run(run())


@contextlib.contextmanager
def a_session() -> Iterator[Any]:
    """Another connection, of no thread's."""
    session = connection.get_new_connection(connection.get_connection_params())
    try:
        yield session
    finally:
        session.close()


def sessions() -> set[int]:
    """Return the sessions on this database but for the test's own."""
    with a_session() as session:
        mine = connection.connection.info.backend_pid if connection.connection is not None else 0
        found = session.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend'",
            [mine],
        )
        return {pid for (pid,) in found.fetchall()}


def terminate(pids: set[int]) -> None:
    with a_session() as session:
        for pid in pids:
            assert session.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)


@contextlib.asynccontextmanager
async def a_lock_on_events() -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Keep others from writing events until the value is called."""
    session = await asyncio.to_thread(connection.get_new_connection, connection.get_connection_params())
    session.execute("BEGIN; LOCK TABLE django_github_app_eventlog IN EXCLUSIVE MODE")

    async def unlock() -> None:
        session.rollback()

    try:
        yield unlock
    finally:
        session.close()


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_from_the_second_delivery_on_the_loop_stores_for_itself(inserts: Inserts) -> None:
    async def work() -> list[inbox.StoredEvent]:
        alone = await inbox.astore(delivery(), "async")
        return [alone, *await asyncio.gather(*(inbox.astore(delivery(), "async") for _ in range(100)))]

    stored = on_a_loop(work)
    assert len({row.id for row in stored}) == 101
    assert EventLog.objects.count() == 102
    assert sum(inserts.sizes) == 101
    assert max(inserts.sizes) > 1, "those that wait together are stored together"
    assert len(inserts.sessions) == 1
    inbox.close()
    assert sorted(pk for ids in take("async") for pk in ids) == sorted(
        EventLog.objects.values_list("id", flat=True)
    )


def test_what_was_stored_is_what_came(inserts: Inserts) -> None:
    made = [delivery(event) for event in ("issues", "push", "pull_request", "ping")]

    async def work() -> list[inbox.StoredEvent]:
        return await asyncio.gather(*(inbox.astore(one, "async") for one in made))

    for one, stored in zip(made, on_a_loop(work), strict=True):
        row = EventLog.objects.get(id=stored.id)
        assert (row.event, row.delivery, row.raw_body) == (one.event, one.delivery, one.body)
        assert (row.repository_id, row.number) == (one.summary.repository_id, one.summary.number)
        assert row.lane == one.lane
    assert inserts.sizes


def test_a_loop_for_one_call_opens_no_connection(inserts: Inserts) -> None:
    for _ in range(3):
        async_to_sync(inbox.astore)(delivery(), "async")
    assert EventLog.objects.count() == 3
    assert inserts.sizes == []


@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_a_connection_that_opens_when_its_loop_has_given_up_is_closed(
    inserts: Inserts, settings: Any, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    original, opened = loop_inbox._connect, []

    def slow() -> Any:
        time.sleep(seconds)
        opened.append(original())
        return opened[-1]

    async def work() -> None:
        monkeypatch.setattr(loop_inbox, "_connect", slow)
        first = asyncio.create_task(inbox.astore(delivery(), "async"))
        while not (tasks := [task for task in asyncio.all_tasks() if task.get_name() == "github-inbox"]):
            await asyncio.sleep(0)
        await asyncio.sleep(0.03)
        if seconds < 0.1:  # it is open, and the loop is not told any more
            time.sleep(2 * seconds)
        tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    on_a_loop(work)
    assert [one.connection.closed if one.connection is not None else True for one in opened] == [True]


def test_when_the_loop_ends_its_connection_is_closed_and_nothing_of_it_is_kept(inserts: Inserts) -> None:
    before = len(loop_inbox._inboxes)

    async def work() -> None:
        await inbox.astore(delivery(), "async")
        assert inserts.sessions <= await asyncio.to_thread(sessions)

    on_a_loop(work)
    assert eventually(lambda: not inserts.sessions & sessions())
    assert len(loop_inbox._inboxes) <= before + 1  # the finished loop's key may not be collected yet
    assert not any(loop_inbox._inboxes.values())


def test_duplicates_and_conflicts_are_settled_as_elsewhere(inserts: Inserts) -> None:
    made = delivery()
    other = replace(made, body=made.body + b" ")

    async def work() -> list[Any]:
        first, twin = await asyncio.gather(inbox.astore(made, "async"), inbox.astore(made, "async"))
        later = await inbox.astore(made, "async")
        conflict = await asyncio.gather(inbox.astore(other, "async"), return_exceptions=True)
        return [first, twin, later, *conflict]

    first, twin, later, conflict = on_a_loop(work)
    assert first.id == twin.id == later.id
    assert sorted([first.created, twin.created, later.created]) == [False, False, True]
    assert isinstance(conflict, DeliveryConflict)
    assert EventLog.objects.count() == 2


def test_a_row_that_is_refused_fails_no_other_and_costs_no_connection(
    inserts: Inserts, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = inbox._new_event

    def new_event(made: Any, worker_type: str) -> Any:
        return original(made, None if made.event == "bad" else worker_type)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "_new_event", new_event)

    async def work() -> list[Any]:
        events = ["issues", "bad", "push"]
        results = await asyncio.gather(
            *(inbox.astore(replace(delivery(), event=event), "async") for event in events),
            return_exceptions=True,
        )
        await inbox.astore(delivery(), "async")
        return results

    good, bad, also_good = on_a_loop(work)
    assert isinstance(bad, InboxUnavailable)
    assert good.created
    assert also_good.created
    assert EventLog.objects.count() == 4
    assert inserts.sizes[-1] == 1  # the delivery after them, at once
    assert len(inserts.sessions) == 1


def test_a_connection_that_is_cut_while_idle_fails_no_delivery(inserts: Inserts) -> None:
    async def work() -> inbox.StoredEvent:
        await inbox.astore(delivery(), "async")
        await asyncio.to_thread(terminate, set(inserts.sessions))
        return await inbox.astore(delivery(), "async")

    assert on_a_loop(work).created
    assert EventLog.objects.count() == 3


def test_a_connection_that_is_cut_during_the_insert_fails_no_delivery(inserts: Inserts) -> None:
    async def work() -> list[inbox.StoredEvent]:
        await inbox.astore(delivery(), "async")
        async with a_lock_on_events() as unlock:
            under_way = [asyncio.create_task(inbox.astore(delivery(), "async")) for _ in range(5)]
            await asyncio.sleep(0.1)
            await asyncio.to_thread(terminate, set(inserts.sessions))
            await unlock()
            return await asyncio.gather(*under_way)

    stored = on_a_loop(work)
    assert len({row.id for row in stored}) == 5
    assert EventLog.objects.count() == 7


def test_a_database_that_hangs_is_answered_in_time_and_used_again_afterwards(
    inserts: Inserts, settings: Any
) -> None:
    async def work() -> tuple[list[Any], inbox.StoredEvent]:
        await inbox.astore(delivery(), "async")
        settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 0.2}
        async with a_lock_on_events() as unlock:
            async with asyncio.timeout(10):
                hung = await asyncio.gather(
                    *(inbox.astore(delivery(), "async") for _ in range(5)), return_exceptions=True
                )
            await unlock()
        settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 5}
        return hung, await inbox.astore(delivery(), "async")

    hung, after = on_a_loop(work)
    assert {type(result) for result in hung} == {InboxUnavailable}
    assert after.created


@pytest.mark.timeout(30)
def test_a_loop_ends_even_if_a_cancellation_is_swallowed_in_the_middle_of_an_insert(
    inserts: Inserts, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = loop_inbox.LoopInbox._insert
    begun = []

    async def deaf(self: loop_inbox.LoopInbox, batch: Sequence[Any]) -> Any:
        begun.append(len(batch))
        with contextlib.suppress(asyncio.CancelledError):  # as `asyncio.wait_for` may before Python 3.12
            await asyncio.sleep(10)
        return await original(self, batch)

    async def work() -> asyncio.Task[inbox.StoredEvent]:
        await inbox.astore(delivery(), "async")
        monkeypatch.setattr(loop_inbox.LoopInbox, "_insert", deaf)
        under_way = asyncio.create_task(inbox.astore(delivery(), "async"))
        await asyncio.sleep(0.05)
        return under_way

    assert on_a_loop(work).cancelled()
    assert begun == [1]


def test_deliveries_that_wait_together_are_given_up_each_at_its_time(
    inserts: Inserts, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 2}
    never = asyncio.Event()

    async def give_up() -> float:
        began = time.monotonic()
        with pytest.raises(InboxUnavailable):
            await inbox.astore(delivery(), "async")
        return time.monotonic() - began

    async def work() -> tuple[float, float]:
        await inbox.astore(delivery(), "async")
        monkeypatch.setattr(loop_inbox.LoopInbox, "_flush", lambda self, group: never.wait())
        first = asyncio.create_task(give_up())
        await asyncio.sleep(1)
        return await asyncio.gather(first, give_up())

    assert all(1.9 < seconds < 2.9 for seconds in on_a_loop(work))


@pytest.mark.parametrize(("threshold", "prepared"), [(None, 0), (1, 1)])
def test_the_insert_is_prepared_where_the_project_asks_for_it(
    inserts: Inserts, monkeypatch: pytest.MonkeyPatch, threshold: int | None, prepared: int
) -> None:
    options = {**connection.settings_dict["OPTIONS"], "prepare_threshold": threshold}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)

    async def work() -> int:
        for _ in range(5):
            await inbox.astore(delivery(), "async")
        own = loop_inbox.inbox_of_running_loop(lambda rows: None)
        assert own is not None
        assert own._connection is not None
        cursor = await own._connection.execute("SELECT count(*) FROM pg_prepared_statements")
        (count,) = await cursor.fetchone() or (None,)
        return int(count or 0)

    assert on_a_loop(work) == prepared
    assert EventLog.objects.count() == 6


def test_after_a_failure_the_loop_gets_a_connection_again(
    inserts: Inserts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_inbox, "PAUSE_AFTER_FAILURE", 0.05)

    async def work() -> None:
        await inbox.astore(delivery(), "async")
        await asyncio.to_thread(terminate, set(inserts.sessions))
        await inbox.astore(delivery(), "async")
        await asyncio.sleep(0.1)
        await inbox.astore(delivery(), "async")

    on_a_loop(work)
    assert inserts.sizes == [1, 1]
    assert len(inserts.sessions) == 2
