"""The columns of rows that django-github-app stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from django_github_app.maintenance import backfill
from django_github_app.models import EventLog, EventStatus
from django_github_app.sql.backfill import count_unfilled, find_unfilled
from django_github_app.testing import payloads

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
