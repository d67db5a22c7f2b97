"""Events that wait or run are found in their order, each by the index that is for them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, unfinished

pytestmark = pytest.mark.django_db


def an_event(status: EventStatus, **more: Any) -> EventLog:
    values = {"event": "issues", "worker_type": "sync", "received_at": timezone.now(), **more}
    return EventLog.objects.create(status=status, delivery=str(uuid.uuid4()), **values)


def test_the_oldest_that_waits_is_found_whether_it_is_hurried_or_not() -> None:
    assert unfinished.oldest_pending("sync") is None
    an_event(EventStatus.DONE)
    hurried = an_event(EventStatus.PENDING, priority=7)
    an_event(EventStatus.PENDING, worker_type="async")
    assert unfinished.oldest_pending("sync") == hurried
    EventLog.objects.filter(pk=hurried.pk).delete()
    later = an_event(EventStatus.PENDING)
    an_event(EventStatus.PENDING, priority=1)
    assert unfinished.oldest_pending("sync") == later


def test_those_of_a_lane_come_oldest_first_and_only_those_that_wait() -> None:
    an_event(EventStatus.PROCESSING, lane=5)
    first, second = an_event(EventStatus.PENDING, lane=5), an_event(EventStatus.PENDING, lane=5)
    an_event(EventStatus.PENDING, lane=6)
    assert list(unfinished.pending_in_lane(5)) == [first, second]


def test_retries_come_as_they_are_due() -> None:
    now = timezone.now()
    later = an_event(EventStatus.RETRYING, next_attempt_at=now + dt.timedelta(hours=1))
    due = an_event(EventStatus.RETRYING, next_attempt_at=now - dt.timedelta(hours=1))
    assert list(unfinished.retries("sync")) == [due, later]
    assert list(unfinished.due_retries("sync", now)) == [due]
    assert not unfinished.retries("async").exists()


def test_those_that_run_come_as_their_leases_end() -> None:
    now = timezone.now()
    second = an_event(EventStatus.PROCESSING, lease_expires_at=now + dt.timedelta(seconds=60))
    first = an_event(EventStatus.PROCESSING, worker_type="async", lease_expires_at=now)
    an_event(EventStatus.PENDING)
    assert list(unfinished.running()) == [first, second]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are PostgreSQL's: unset DATABASE_URL")
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda: unfinished.oldest_pending("sync"), "github_event_pending"),
        (lambda: list(unfinished.pending_in_lane(5)[:10]), "github_event_lane_pending"),
        (lambda: list(unfinished.retries("sync")[:10]), "github_event_retry"),
        (lambda: list(unfinished.due_retries("sync", timezone.now())[:10]), "github_event_retry"),
        (lambda: list(unfinished.running()[:10]), "github_event_lease"),
    ],
    ids=["pending", "lane", "retries", "due", "running"],
)
def test_each_is_answered_by_its_index(ask: Callable[[], object], index: str) -> None:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        ask()
    assert queries
    for query in list(queries):
        with connection.cursor() as cursor:
            # A table as small as this one PostgreSQL would rather read whole, or sort what it finds, if other tests
            # have left it many pages. What is asked here is whether the index gives the order by itself.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert f"using {index}" in plan, plan
        assert "Sort" not in plan, plan
