"""``manage.py github backfill`` and beat fill what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from django_github_app.broker.schedules import schedules
from django_github_app.sql.backfill import count_unfilled
from django_github_app.tasks import backfill as task

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
