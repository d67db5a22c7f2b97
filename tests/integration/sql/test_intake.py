"""What storing a delivery costs besides its row."""

from __future__ import annotations

import pytest
from django.db import connection

from django_github_app.models import EventLog
from django_github_app.testing.deliver import store

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_event_has_no_entry_in_the_index_of_rows_that_are_still_to_be_filled() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("asks PostgreSQL how large an index is")

    def pages() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_relation_size('github_event_unfilled') / current_setting('block_size')::int"
            )
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX github_event_unfilled")
    for event in ("push", "ping", "issues"):
        store(event)
    assert EventLog.objects.count() == 3
    assert pages() == 1  # the first page describes the index; its first entry makes another one
    EventLog.objects.create(event="push", legacy_payload={"action": "x"}, body=None, sender=None)
    assert pages() > 1
