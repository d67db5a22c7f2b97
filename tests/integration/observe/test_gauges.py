"""What the database says of the present."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from django_github_app.models import EventLog, EventStatus
from django_github_app.testing.deliver import store


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": True, "METRICS_TOKEN": "let me in"}


@pytest.mark.django_db
def test_no_gauge_reads_the_log() -> None:
    """With any number of finished events each query goes through an index, or reads the newest rows by their id."""
    if connection.vendor != "postgresql":
        pytest.skip("plans are PostgreSQL's: unset DATABASE_URL")
    from django.test.utils import CaptureQueriesContext

    from django_github_app.observe import gauges

    row = store("issues")
    copies = [
        EventLog(event="issues", status=status, worker_type="sync", delivery=f"{status}-{i}", hook_id=7)
        for status, n in ((EventStatus.DONE, 3000), (EventStatus.PENDING, 100), (EventStatus.DEAD, 100))
        for i in range(n)
    ]
    EventLog.objects.bulk_create(copies)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE django_github_app_eventlog")
    with CaptureQueriesContext(connection) as queries:
        present = gauges.look()
    assert present.dead == 100
    assert present.pending_age["async"] > 0
    assert row.pk
    looked = [one["sql"] for one in queries if "eventlog" in one["sql"]]
    assert len(looked) <= 12
    for sql in looked:
        with connection.cursor() as cursor:
            # In a table as small as this one PostgreSQL may rather read all of it, which says nothing of a large one.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan" not in plan, f"{sql}\n{plan}"
        assert re.search(r"LIMIT \d+", sql), sql
