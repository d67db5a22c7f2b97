"""Migrating a table that others use: nobody waits for a lock, nothing is copied, and a second try goes on."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.exceptions import IrreversibleError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.bench_upgrade import INSERT, TABLE, measure
from django_github_app.models import EventLog, HandlerRun, RunStatus
from tests.integration.migrations.test_upgrade import OLD, execute, insert_event, migrate

postgres = pytest.mark.parametrize("old_site", ["PostgreSQL"], indirect=True)
sqlite = pytest.mark.parametrize("old_site", ["SQLite"], indirect=True)


def columns() -> set[str]:
    with connections[OLD].cursor() as cursor:
        return {c.name for c in connections[OLD].introspection.get_table_description(cursor, TABLE)}


def indexes() -> set[str]:
    with connections[OLD].cursor() as cursor:
        return {
            name for name in connections[OLD].introspection.get_constraints(cursor, TABLE)
            if name.startswith("github_event")
        }  # fmt: skip


INDEXES = {
    "github_event_archived",
    "github_event_dead",
    "github_event_lane_pending",
    "github_event_lease",
    "github_event_once_per_delivery",
    "github_event_pending",
    "github_event_retry",
    "github_event_running_in_lane",
    "github_event_running_in_lane_2",
    "github_event_unfilled",
}


@postgres
def test_writers_go_on_while_a_long_query_keeps_the_migration_waiting(
    old_site: None, fresh_database: str, django_db_blocker: Any
) -> None:
    insert_event("push", {"ref": "main"})
    done = threading.Event()
    failures: list[BaseException] = []

    def upgrade() -> None:
        try:
            with django_db_blocker.unblock():
                migrate()
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connections[OLD].close()
            done.set()

    with psycopg.connect(fresh_database) as reader:
        reader.execute(
            f"SELECT count(*) FROM {TABLE}"
        ).fetchall()  # holds its lock until the transaction ends
        thread = threading.Thread(target=upgrade)
        thread.start()
        with psycopg.connect(fresh_database, autocommit=True) as writer:
            waited = 0
            while waited < 3:
                # Every time the migration stands in the queue, and behind it this would stand.
                ((waiting,),) = writer.execute(
                    "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [TABLE]
                ).fetchall()
                waited += waiting
                writer.execute("SET statement_timeout = '5s'")
                writer.execute(INSERT)
        assert not done.is_set()
        reader.rollback()
    thread.join(60)
    assert failures == []
    assert done.is_set()
    assert "lane" in columns()
    assert indexes() == INDEXES


@postgres
def test_fifty_thousand_rows_are_upgraded_beside_writers_of_the_old_shape(
    old_site: None, fresh_database: str
) -> None:
    measured = measure(fresh_database, 50_000, migrate)
    assert measured.errors == []
    assert measured.digests_equal
    assert measured.inserts > 0
    assert EventLog.objects.count() == 50_000 + measured.inserts
    assert indexes() == INDEXES


@sqlite
def test_sqlite_copies_no_table(old_site: None) -> None:
    insert_event("issues", {"action": "opened"})
    with CaptureQueriesContext(connections[OLD]) as queries:
        migrate()
    statements = [query["sql"] for query in queries]
    assert [s for s in statements if s.startswith("CREATE TABLE") and "eventlog" in s.split("(")[0]] == []
    assert sum(s.startswith(f'ALTER TABLE "{TABLE}" ADD COLUMN') for s in statements) > 15
    assert indexes() == INDEXES
    assert EventLog.objects.get().payload == {"action": "opened"}


@pytest.mark.parametrize("stopped_at", ["0002", "0003", "0006"])
def test_a_migration_that_ended_in_the_middle_goes_on(old_site: None, stopped_at: str) -> None:
    migrate(stopped_at)
    # As after a crash: the work is done, and nobody has noted that it is.
    execute(
        "DELETE FROM django_migrations WHERE app = 'django_github_app' AND name LIKE %s", f"{stopped_at}%"
    )
    migrate()
    assert indexes() == INDEXES
    assert EventLog.objects.count() == 0


@postgres
def test_what_an_interrupted_index_build_left_is_built_again(old_site: None) -> None:
    migrate("0005")
    execute(f"CREATE INDEX github_event_dead ON {TABLE} (id)")
    execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'github_event_dead'::regclass")
    migrate()
    ((valid, definition),) = execute(
        "SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indexrelid = 'github_event_dead'::regclass"
    )
    assert valid
    assert "WHERE (status = 12)" in definition


def test_a_column_that_somebody_else_added_is_taken_over(old_site: None) -> None:
    execute(f"ALTER TABLE {TABLE} ADD COLUMN action varchar(255) NULL")
    execute(f"ALTER TABLE {TABLE} ADD COLUMN delivery varchar(100) NULL")
    pk = insert_event("issues", {"action": "opened"})
    execute(f"UPDATE {TABLE} SET action = 'opened'")
    migrate()
    assert EventLog.objects.get(action="opened").pk == pk


def test_a_column_that_holds_something_else_is_refused_with_the_step_to_take(old_site: None) -> None:
    execute(f"ALTER TABLE {TABLE} ADD COLUMN number varchar(20) NULL")
    with pytest.raises(RuntimeError, match="RENAME COLUMN number TO old_number"):
        migrate()
    execute(f"ALTER TABLE {TABLE} RENAME COLUMN number TO old_number")
    migrate()
    assert indexes() == INDEXES


def test_going_back_says_first_what_would_be_lost(old_site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old = insert_event("issues", {"action": "opened"})
    migrate()
    row = EventLog.objects.create(event="push", payload={"ref": "main"})
    HandlerRun.objects.create(event=row, handler="a.b", status=RunStatus.SUCCEEDED, started_at=timezone.now())
    with pytest.raises(IrreversibleError, match=r"loses 1 payloads.*; 1 ledger entries of callbacks"):
        migrate("0001")
    assert EventLog.objects.count() == 2
    monkeypatch.setenv("GITHUB_APP_GO_BACK", "lose")
    migrate("0001")
    assert columns() == {"id", "event", "payload", "received_at"}
    assert execute(f"SELECT count(*) FROM {TABLE} WHERE id = {old} AND payload IS NOT NULL") == [(1,)]
    monkeypatch.delenv("GITHUB_APP_GO_BACK")
    migrate()
    assert EventLog.objects.count() == 2


def test_nothing_is_in_the_way_back_when_nothing_is_lost(old_site: None) -> None:
    insert_event("issues", {"action": "opened"})
    migrate()
    migrate("0001")
    assert columns() == {"id", "event", "payload", "received_at"}


def test_the_models_have_no_changes_without_a_migration(old_site: None) -> None:
    call_command("makemigrations", "django_github_app", check=True, dry_run=True, verbosity=0)
