"""A database that changed its mind or says nothing any more: our own connections are replaced, nobody restarts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from django_github_app.broker import publisher
from django_github_app.celery import app as celery_app
from django_github_app.errors import InboxUnavailable
from django_github_app.execution.recorder import Claim, Record, Recorder
from django_github_app.ingest import inbox, loop_inbox
from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import own_connections
from django_github_app.sql.claims import EventOutcome
from tests.support import queues
from tests.support.black_hole import BlackHole
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import SyncView
from tests.support.requests import request
from tests.support.rows import delivery, stored

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(
        "sqlite" in os.environ.get("DATABASE_URL", ""), reason="SQLite has no server: unset DATABASE_URL"
    ),
]


@pytest.fixture(autouse=True)
def _own_queues(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    request.getfixturevalue("db")
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": f"test-{uuid.uuid4()}"}
    monkeypatch.setattr(publisher, "get_current_app", lambda: celery_app)
    yield
    inbox.close()
    queues.delete()


def make_read_only() -> None:
    """Leave every open session but this one on a server that takes no more writes."""
    for wrapper in list(own_connections._prepared):
        raw: Any = wrapper.connection
        if raw is not None and not raw.closed:
            raw.execute("SET default_transaction_read_only = on")


class TestReadOnly:
    """A failover that leaves sessions on the old primary, which is a replica now."""

    def test_a_delivery_is_stored_on_a_fresh_connection(self) -> None:
        entrance = SyncView()
        assert entrance.send(request()).status == 202
        make_read_only()
        answers = [entrance.send(request()).status for _ in range(3)]
        assert answers == [202, 202, 202]

    def test_a_server_that_stays_read_only_is_answered_503_and_then_recovered_from(self) -> None:
        entrance = SyncView()
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            assert entrance.send(request()).status == 503
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert entrance.send(request()).status == 202

    def test_a_request_on_its_own_connection_is_answered_503(self, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "GROUP_COMMIT": False}
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        assert SyncView().send(request()).status == 202
        connection.close()

    def test_claims_and_outcomes_go_on(self) -> None:
        recorder = Recorder()
        first, second = stored(), stored()
        try:
            (claimed,) = recorder.submit(Claim([first])).claimed
            make_read_only()
            recorder.submit(Record([], EventOutcome(first, claimed.attempt, EventStatus.DONE)))
            make_read_only()
            assert [one.id for one in recorder.submit(Claim([second])).claimed] == [second]
        finally:
            recorder.close()
        assert EventLog.objects.get(pk=first).status == EventStatus.DONE

    def test_what_is_about_the_data_is_no_reason_to_wait(self) -> None:
        recorder = Recorder()
        began = time.monotonic()
        try:
            with pytest.raises((DatabaseError, OverflowError)):
                recorder.submit(Claim([2**70]))
        finally:
            recorder.close()
        assert time.monotonic() - began < 5


@pytest.fixture
def black_hole(settings: Any) -> Iterator[BlackHole]:
    """Put a proxy before the database for connections that are opened from now on."""
    connection.ensure_connection()
    settings.GITHUB_APP = {**settings.GITHUB_APP, "INBOX_TIMEOUT": 1.0, "LEASE_SECONDS": 3.0}
    known = connections["default"].settings_dict
    kept = dict(known)
    proxy = BlackHole(known)
    options = {key: value for key, value in known["OPTIONS"].items() if key != "host"}
    known.update({"HOST": "127.0.0.1", "PORT": str(proxy.port), "OPTIONS": options})
    yield proxy
    known.update(kept)
    inbox.close()
    proxy.close()


def eventually_stores() -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            inbox.store(delivery(), "sync")
        except InboxUnavailable:
            continue
        return True
    return False


class TestSilence:
    """A host that takes what it is sent and answers nothing: no RST ever comes."""

    def test_the_inbox_answers_503_in_time_and_recovers_by_itself(self, black_hole: BlackHole) -> None:
        inbox.store(delivery(), "sync")
        black_hole.swallow()
        began = time.monotonic()
        with pytest.raises(InboxUnavailable):
            inbox.store(delivery(), "sync")
        assert time.monotonic() - began < 10
        assert eventually_stores()

    def test_a_server_that_accepts_and_says_nothing_is_given_up_too(self, black_hole: BlackHole) -> None:
        black_hole.deaf = True
        with pytest.raises(InboxUnavailable):
            inbox.store(delivery(), "sync")
        black_hole.deaf = False
        assert eventually_stores()

    def test_deliveries_that_were_answered_do_not_stay_in_memory(self, black_hole: BlackHole) -> None:
        inbox.store(delivery(), "sync")
        black_hole.swallow()
        black_hole.deaf = True
        for _ in range(3):
            with pytest.raises(InboxUnavailable):
                inbox.store(delivery(title="x" * 100_000), "sync")
        assert inbox._inbox()._bytes <= 110_000  # what the flush under way may still hold
        black_hole.deaf = False
        assert eventually_stores()

    def test_a_loop_answers_503_in_time_and_recovers_by_itself(self, black_hole: BlackHole) -> None:
        async def deliveries() -> tuple[float, int]:
            for _ in range(3):
                await inbox.astore(delivery(), "async")
            own = loop_inbox._latest.inbox
            assert own._connection is not None
            black_hole.swallow()
            began = time.monotonic()
            with contextlib.suppress(InboxUnavailable):
                await inbox.astore(delivery(), "async")
            took = time.monotonic() - began
            while time.monotonic() - began < 30:
                with contextlib.suppress(InboxUnavailable):
                    await inbox.astore(delivery(), "async")
                if own._connection is not None and not own._connection.closed and not own._paused_until:
                    break
                await asyncio.sleep(0.05)
            assert own._connection is not None
            return took, own._waiting_bytes

        took, waiting = asyncio.run(deliveries())
        assert took < 10
        assert waiting == 0

    def test_the_recorder_gives_up_a_silent_connection_and_records_on_another(
        self, black_hole: BlackHole
    ) -> None:
        recorder = Recorder()
        pk = stored()
        try:
            recorder.submit(Claim([]))
            black_hole.swallow()
            pending = recorder.put(Claim([pk]))
            assert [one.id for one in pending.result(30).claimed] == [pk]
        finally:
            recorder.close()


class TestParameters:
    def test_ours_are_set_where_the_project_set_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
        monkeypatch.delenv("PGSERVICE", raising=False)
        found = own_connections.with_timeouts({"host": "db", "keepalives_idle": 99}, 5.0)
        assert (found["connect_timeout"], found["tcp_user_timeout"]) == (5, 15_000)
        assert (found["keepalives"], found["keepalives_idle"]) == (1, 99)

    def test_what_the_environment_or_a_service_file_says_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGCONNECT_TIMEOUT", "40")
        assert "connect_timeout" not in own_connections.with_timeouts({}, 5.0)
        assert own_connections.with_timeouts({"service": "main"}, 5.0) == {"service": "main"}

    def test_the_projects_settings_and_other_threads_connections_stay_as_they_are(self) -> None:
        before = dict(connection.settings_dict["OPTIONS"])
        seen: list[Any] = []

        def own() -> None:
            mine: BaseDatabaseWrapper = own_connections.impatient(connections["default"], lambda: 5.0)
            mine.ensure_connection()
            raw: Any = mine.connection
            seen.append(raw.info.get_parameters())
            own_connections.close_own()

        thread = threading.Thread(target=own)
        thread.start()
        thread.join()
        assert seen[0]["tcp_user_timeout"] == "15000"
        assert connection.settings_dict["OPTIONS"] == before
        ours: Any = connection.connection
        assert "tcp_user_timeout" not in ours.info.get_parameters()


def test_beat_and_companions_wait_for_no_silent_server_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_github_app import apps
    from django_github_app.broker import own_processes

    assert apps.limit_waits_for_databases in own_processes._preparations
    monkeypatch.setattr(own_connections, "SILENCE", 0.3)
    problems: list[BaseException] = []

    def sweep() -> None:
        own_processes.prepare()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")
        except DatabaseError as error:
            problems.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=sweep)
    thread.start()
    thread.join(20)
    assert "was silent for 0.3 s" in str(problems[0])
