"""A database that django-github-app 0.11 made is upgraded by ``migrate``: nothing is lost, rewritten or run again."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from gidgethub import sansio
from pytest_django import DjangoDbBlocker

from django_github_app.ingest import inbox
from django_github_app.models import EventLog, EventStatus, Installation, Repository
from django_github_app.sql import claims as moves
from django_github_app.testing import payloads
from tests.support.entrances import MAIN
from tests.support.requests import request as webhook
from tests.support.rows import find_unpublished

OLD = "upgraded"  # alias of the old site's database
RECEIVED = dt.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)


class Everywhere:
    """Database router: the old site's database is the only one."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return OLD

    db_for_write = db_for_read


@pytest.fixture(params=["PostgreSQL", "SQLite"])
def old_site(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Any, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database as migration 0001 of django-github-app leaves it, used for every model."""
    sqlite = request.param == "SQLite"
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}" if sqlite else request.getfixturevalue("fresh_database")
    configured = connections.configure_settings({**connections.settings, OLD: dj_database_url.parse(url)})
    connections.settings[OLD] = configured[OLD]
    settings.DATABASE_ROUTERS = [Everywhere()]
    with django_db_blocker.unblock():
        try:
            migrate("0001")
            yield
        finally:
            inbox.close()
            connections[OLD].close()
            del connections[OLD]
            del connections.settings[OLD]


def migrate(*to: str) -> None:
    call_command("migrate", "django_github_app", *to, database=OLD, verbosity=0)


def execute(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connections[OLD].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def insert_event(event: str | None, payload: Any, received_at: dt.datetime = RECEIVED) -> int:
    """Insert a row with the columns and values that django-github-app 0.11 writes."""
    sqlite = connections[OLD].vendor == "sqlite"
    text = None if payload is None else json.dumps(payload)
    ((pk,),) = execute(
        "INSERT INTO django_github_app_eventlog (event, payload, received_at) VALUES (%s, %s, %s) RETURNING id",
        event,
        text,
        received_at.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else received_at,
    )
    return int(pk)


LEGACY: list[tuple[str | None, Any]] = [
    ("issues", payloads.build("issues", number=7)),
    ("push", payloads.build("push")),
    ("ping", {"zen": "ä 😀 \\u2028", "hook_id": 2**60, "nested": {"list": [1, 1.5, None, True]}}),
    ("installation", {"action": "created", "installation": {"id": 1}}),
    ("odd", []),
    ("odd", {"action": {"not": "text"}}),
    ("nothing", None),
    (None, None),
]


def test_the_tables_of_the_first_migration_are_those_of_django_github_app(old_site: None) -> None:
    tables = {
        table: {column.name for column in connections[OLD].introspection.get_table_description(cursor, table)}
        for cursor in [connections[OLD].cursor()]
        for table in connections[OLD].introspection.table_names(cursor)
        if table.startswith("django_github_app")
    }
    assert tables == {
        "django_github_app_eventlog": {"id", "event", "payload", "received_at"},
        "django_github_app_installation": {"id", "installation_id", "data", "status"},
        "django_github_app_repository": {
            "id",
            "repository_id",
            "repository_node_id",
            "full_name",
            "installation_id",
        },
    }


def test_every_row_is_there_after_the_upgrade_and_reads_as_before(old_site: None) -> None:
    ids = [insert_event(event, payload) for event, payload in LEGACY]
    execute(
        "INSERT INTO django_github_app_installation (id, installation_id, data, status) VALUES (3, 77, %s, 2)",
        json.dumps({"account": {"login": "octo"}}),
    )
    execute(
        "INSERT INTO django_github_app_repository (repository_id, repository_node_id, full_name, installation_id)"
        " VALUES (88, 'R_1', 'octo/demo', 3)"
    )
    migrate()
    rows = {row.pk: row for row in EventLog.objects.all()}
    assert sorted(rows) == ids
    for pk, (event, payload) in zip(ids, LEGACY, strict=True):
        row = rows[pk]
        assert (row.event, row.payload, row.received_at) == (event, payload, RECEIVED)
        action = payload.get("action") if isinstance(payload, dict) else None
        assert row.action == (action if isinstance(action, str) else None)
        assert (row.status, row.delivery, row.body, row.lane, row.attempts) == (
            EventStatus.DONE,
            None,
            None,
            None,
            0,
        )
        assert str(row) == " ".join(map(str, filter(None, [pk, event or "unknown", row.action])))
    installation = Installation.objects.get()
    assert (installation.pk, installation.installation_id, installation.status) == (3, 77, 2)
    assert installation.data == {"account": {"login": "octo"}}
    repository = Repository.objects.get()
    assert (repository.full_name, repository.installation) == ("octo/demo", installation)


def test_no_old_row_is_ever_run(old_site: None) -> None:
    ids = [insert_event(event, payload) for event, payload in LEGACY]
    migrate()
    assert find_unpublished(limit=100, grace=0) == []
    assert moves.take_back(limit=100, max_lost=1) == []
    assert moves.claim(ids, lease=60) == []
    assert moves.requeue(ids) == []
    assert set(EventLog.objects.values_list("status", flat=True)) == {EventStatus.DONE}


def test_new_deliveries_are_received_beside_the_old_rows(old_site: None) -> None:
    old = insert_event(*LEGACY[0])
    migrate()
    for entrance in MAIN.values():
        made = webhook(payload=LEGACY[0][1])
        answer = entrance().send(made)
        assert answer.status == 202
        row = EventLog.objects.get(pk=answer.json["event_id"])
        assert row.pk > old
        assert (row.status, row.payload) == (EventStatus.PENDING, LEGACY[0][1])
        assert entrance().send(made).json["event_id"] == row.pk
    assert EventLog.objects.count() == 1 + len(MAIN)


def test_a_process_of_the_old_version_may_still_write_while_the_new_one_starts(old_site: None) -> None:
    migrate()
    pk = insert_event("issues", {"action": "opened"})
    row = EventLog.objects.get(pk=pk)
    assert (row.status, row.action, row.payload) == (EventStatus.DONE, "opened", {"action": "opened"})


def test_an_old_row_may_be_changed_and_run_again_by_hand(old_site: None) -> None:
    pk = insert_event("issues", {"action": "opened", "issue": {"number": 1}})
    migrate()
    row = EventLog.objects.get(pk=pk)
    row.payload = {"action": "closed"}
    row.action = None
    row.save()
    assert EventLog.objects.get(pk=pk).payload == {"action": "closed"}
    other = insert_event("issues", {"action": "opened"})
    assert moves.replay([other]) == [(other, "sync")]
    (claimed,) = moves.claim([other], lease=60)
    legacy = claimed.legacy_payload
    assert (json.loads(legacy) if isinstance(legacy, str | bytes) else legacy) == {"action": "opened"}
    assert claimed.body is None


@pytest.mark.parametrize("old_site", ["PostgreSQL"], indirect=True)
def test_a_hundred_thousand_rows_are_upgraded_without_being_rewritten(old_site: None) -> None:
    execute(
        "INSERT INTO django_github_app_eventlog (event, payload, received_at)"
        " SELECT 'issues', jsonb_build_object('action', 'opened', 'text', repeat('x', 500), 'n', n), now()"
        " FROM generate_series(1, 100000) n"
    )
    state = (
        "SELECT pg_relation_filenode('django_github_app_eventlog'), count(*), sum(id)"
        " FROM django_github_app_eventlog"
    )
    before = execute(state)
    started = time.perf_counter()
    migrate()
    assert time.perf_counter() - started < 20
    assert execute(state) == before
    assert EventLog.objects.order_by("-pk")[0].payload["n"] == 100_000
    assert EventLog.objects.filter(status=EventStatus.DONE).count() == 100_000


# What code written against django-github-app does with EventLog


@pytest.mark.django_db
@pytest.mark.backends
def test_the_constructor_takes_what_it_took() -> None:
    payload = {"action": "opened", "text": "\x00\ud800 ä"}
    # A property that the constructor takes; the types of Django know columns only.
    arguments: dict[str, Any] = {"payload": payload}
    nothing: dict[str, Any] = {"payload": None}
    row = EventLog(event="issues", received_at=RECEIVED, **arguments)
    assert (row.payload, row.action, str(row)) == (payload, "opened", "None issues opened")
    row.save()
    stored = EventLog.objects.get(pk=row.pk)
    assert (stored.event, stored.payload, stored.action) == ("issues", payload, "opened")
    assert (stored.received_at, stored.status) == (RECEIVED, EventStatus.DONE)
    assert EventLog.objects.create(event="ping", received_at=RECEIVED, **nothing).payload is None
    assert find_unpublished(limit=10, grace=0) == []


@pytest.mark.django_db
@pytest.mark.backends
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_record_is_created_from_an_event(way: str) -> None:
    data = payloads.build("issues", number=12)
    event = sansio.Event(data, event="issues", delivery_id="72d3162e-cc78-11e3-81ab-4c9367dc0958")
    manager = EventLog.objects
    create = manager.create_from_event if way == "sync" else async_to_sync(manager.acreate_from_event)
    before = timezone.now()
    row = create(event)
    stored = EventLog.objects.get(pk=row.pk)
    assert (stored.event, stored.action, stored.payload) == ("issues", "opened", data)
    assert (stored.delivery, stored.number) == (event.delivery_id, 12)
    assert stored.repository == data["repository"]["full_name"]
    assert before <= stored.received_at <= timezone.now()
    assert stored.status == EventStatus.DONE


@pytest.mark.django_db
@pytest.mark.backends
def test_a_second_record_of_the_same_event_is_another_row() -> None:
    event = sansio.Event({"action": "opened"}, event="issues", delivery_id="1234")
    first, second = EventLog.objects.create_from_event(event), EventLog.objects.create_from_event(event)
    assert (first.delivery, second.delivery) == ("1234", None)
    assert second.payload == first.payload
    assert EventLog.objects.count() == 2
