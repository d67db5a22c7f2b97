"""Rows that django-github-app stored get their columns in the background."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from django_github_app.broker.schedules import schedules
from django_github_app.maintenance import backfill
from django_github_app.models import EventLog, EventStatus
from django_github_app.sql.backfill import count_unfilled, find_unfilled
from django_github_app.tasks import backfill as task
from django_github_app.testing import payloads
from tests.support.site import ROOT, base_environment

TABLE = "django_github_app_eventlog"


def insert_old(payload: Any, event: str = "issues") -> int:
    """Insert a row as django-github-app does."""
    with connection.cursor() as cursor:
        now = "2025-01-02 03:04:05+00:00"
        cursor.execute(
            f"INSERT INTO {TABLE} (event, payload, received_at) VALUES (%s, %s, %s) RETURNING id",
            [event, None if payload is None else json.dumps(payload), now],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.backends
class TestOneRow:
    def test_its_columns_are_those_that_a_delivery_of_the_payload_has(self) -> None:
        payload = payloads.build("issues", number=7)
        old = insert_old(payload)
        assert not EventLog.objects.filter(action="opened").exists()
        assert backfill.backfill() == 1
        row = EventLog.objects.get(action="opened")
        new = EventLog(event="issues", payload=payload)
        names = ("action", "installation_id", "repository_id", "repository", "sender", "number")
        assert row.pk == old
        assert [getattr(row, n) for n in names] == [getattr(new, n) for n in names]
        assert row.number == 7
        assert (row.payload, row.body, row.status) == (payload, None, EventStatus.DONE)
        assert backfill.backfill() == 0

    @pytest.mark.parametrize(
        "payload",
        [
            [],
            {},
            "text",
            7,
            {"action": {"not": "text"}},
            {"repository": [], "sender": 7},
            {"issue": {"number": 10**30}},
        ],
    )
    def test_a_payload_that_says_nothing_is_looked_at_once(self, payload: Any) -> None:
        pk = insert_old(payload)
        assert backfill.backfill() == 1
        assert count_unfilled() == 0
        row = EventLog.objects.get(pk=pk)
        assert (row.action, row.repository, row.number) == (None, None, None)
        assert row.payload == payload

    def test_a_long_action_is_whole_before_and_after(self) -> None:
        action = "a" * 300
        pk = insert_old({"action": action})
        assert EventLog.objects.get(pk=pk).action == action
        backfill.backfill()
        assert EventLog.objects.get(pk=pk).action == action
        assert EventLog.objects.filter(action=action).count() == 1
        EventLog.objects.get(pk=pk).save()

    def test_rows_of_this_package_and_rows_without_a_payload_are_left_alone(self) -> None:
        EventLog.objects.create(event="push", payload={"ref": "main"})
        insert_old(None)
        assert find_unfilled(10) == []

    def test_a_value_that_somebody_filled_in_by_hand_stays(self) -> None:
        pk = insert_old({"action": "opened"})
        EventLog.objects.filter(pk=pk).update(action="mine")
        backfill.backfill()
        assert EventLog.objects.get(pk=pk).action == "mine"


@pytest.mark.django_db
def test_beat_starts_it_and_the_command_tells_how_far_it_got(capsys: pytest.CaptureFixture[str]) -> None:
    assert "django_github_app.tasks.backfill" in [schedule.task for schedule in schedules()]
    insert_old({"action": "opened"})
    task()
    assert count_unfilled() == 0
    insert_old({"action": "closed"})
    call_command("github", "backfill", "--rest", "0")
    assert "1 rows filled" in capsys.readouterr().out
    call_command("github", "backfill")
    assert "every row is filled" in capsys.readouterr().out


def test_a_backfill_that_is_killed_again_and_again_ends_with_every_row_filled(migrated_database: str) -> None:
    rows = 6_000
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO {TABLE} (event, payload, received_at)"
            " SELECT 'issues', jsonb_build_object('action', 'opened', 'issue', jsonb_build_object('number', n)),"
            " now()"
            f" FROM generate_series(1, {rows}) n"
        )
        command = [sys.executable, "manage.py", "github", "backfill", "--rest", "5"]

        def left() -> int:
            unfilled = "sender IS NULL AND payload IS NOT NULL AND body IS NULL"
            return int(connection.execute(f"SELECT count(*) FROM {TABLE} WHERE {unfilled}").fetchall()[0][0])

        chance = random.Random(7)
        for _ in range(3):
            before = left()
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=base_environment(migrated_database),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            until = time.monotonic() + 60
            while left() == before and process.poll() is None and time.monotonic() < until:
                time.sleep(chance.uniform(0.001, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert left() < before
        subprocess.run(
            [*command[:-1], "0"],
            cwd=ROOT,
            env=base_environment(migrated_database),
            check=True,
            capture_output=True,
        )
        assert left() == 0
        filled = f"SELECT count(*) FROM {TABLE} WHERE action = 'opened' AND number BETWEEN 1 AND {rows}"
        assert connection.execute(filled).fetchall() == [(rows,)]
