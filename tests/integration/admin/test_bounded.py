"""Lists over tables of any size are counted, filtered and shown within bounds."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_github_app.admin import EventLogAdmin, bounded
from django_github_app.models import (
    EventStatus,
)
from tests.support.admin_pages import CHANGE, CHANGELIST, page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


def test_a_very_long_payload_is_cut(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SHOWN_CHARACTERS", 1000)
    event = an_event(body=json.dumps({"x": "y" * 5000}).encode())
    assert "more characters" in page(admin, CHANGE, event.pk)


def test_no_page_counts_or_reads_a_big_table_to_its_end(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COUNT_LIMIT", 3)
    monkeypatch.setattr(bounded, "WINDOW", 3)
    monkeypatch.setattr(EventLogAdmin, "list_per_page", 2)
    oldest, *_ = [an_event(event="push") for _ in range(6)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        html = page(admin, CHANGELIST)
        assert "more than 3 events" in html
        filtered = page(admin, CHANGELIST, event="push")
        assert "Filters look at the newest" in filtered
    assert f"/{oldest.pk}/change/" not in filtered
    for query in queries.captured_queries:
        sql = query["sql"]
        if "COUNT(" in sql.upper():
            assert "django_github_app_eventlog" not in sql
        if sql.startswith("SELECT") and "eventlog" in sql and "MAX(" not in sql:
            assert "LIMIT" in sql
        assert '"django_github_app_eventlog"."body"' not in sql


def test_a_filter_that_an_index_answers_looks_at_all_rows(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "WINDOW", 1)
    dead = an_event(status=EventStatus.DEAD)
    for _ in range(4):
        an_event()
    assert f"/{dead.pk}/change/" in page(admin, CHANGELIST, status__exact="12")
