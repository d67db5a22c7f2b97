"""Whose events a backlog has: a count of its ends, and a look at what came in since."""

from __future__ import annotations

import pytest

from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import ahead
from django_github_app.sql.ahead import Shares

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def waits(installation: int | None, event: str = "push", **more: object) -> int:
    fields = {"status": EventStatus.PENDING, "worker_type": "sync", **more}
    return EventLog.objects.create(event=event, installation_id=installation, payload={}, **fields).pk


def shares(after: int = 0) -> Shares:
    return ahead.shares("sync", "installation_id", after=after, oldest=100, newest=10)


def come_in(after: int, but: Shares | None, names: tuple[str, ...] = ()) -> tuple[int, bool]:
    return ahead.has_come_in(
        "sync", after=after, limit=10, column="installation_id", but=but, names=list(names)
    )


def test_nothing_waits() -> None:
    assert tuple(shares()) == (0, 0, None)
    assert come_in(0, None) == (0, False)


@pytest.mark.parametrize("flood", [7, None])
def test_who_has_most_is_counted_and_whoever_comes_in_beside_it_is_seen(flood: int | None) -> None:
    for _ in range(3):
        last = waits(flood)
    # Of so few rows both ends are the same ones.
    found = shares()
    assert (found.found, found.most, found.whose) == (1, 6, flood)
    assert come_in(last, found) == (0, False)
    more = waits(flood)
    assert come_in(last, found) == (more, False)
    waits(8, status=EventStatus.DONE)
    waits(8, worker_type="async")
    assert come_in(last, found) == (more, False)
    other = waits(8)
    assert come_in(last, found) == (other, True)
    assert come_in(other, found) == (0, False)
    assert shares().found == 2


def test_what_is_named_matters_whoever_sent_it() -> None:
    last = waits(7)
    found = shares()
    comment = waits(7, "issue_comment")
    assert come_in(last, found) == (comment, False)
    assert come_in(last, found, ("issue_comment",)) == (comment, True)
    assert come_in(last, None, ("issue_comment",)) == (comment, True)
    assert come_in(last, None) == (comment, False)
