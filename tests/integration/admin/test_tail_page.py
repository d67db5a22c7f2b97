"""The live tail: the newest events and their runs, filtered, bounded, and cheap to ask for again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_github_app.admin import tail_page
from django_github_app.models import EventLog, EventStatus, RunStatus
from tests.support.admin_pages import client_with, page
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db]

TAIL = "admin:django_github_app_eventlog_tail"
ROWS = "admin:django_github_app_eventlog_tail_rows"


def shown(client: Client, **asked: Any) -> list[int]:
    """Return the ids of the rows, in their order."""
    text = page(client, ROWS, **asked)
    return [int(part.partition('"')[0]) for part in text.split('data-id="')[1:]]


def test_the_newest_come_first_with_what_ran_for_them() -> None:
    client = client_with("view_eventlog")
    older = an_event(event="push", sender="octocat", repository="octo/hello")
    newer = an_event(
        event="issues", action="opened", status=EventStatus.RETRYING, number=7, repository="octo/hello"
    )
    token = "ghs_" + "a" * 40
    a_run(
        newer,
        handler="app.events.ahandlers.triage",
        status=RunStatus.RETRYING,
        attempts=2,
        error=f"E {token}",
    )
    assert shown(client) == [newer.pk, older.pk]
    text = page(client, ROWS)
    for part in ("issues.opened", "octo/hello#7", "ahandlers.triage", "try 2", "octocat", "data-failed"):
        assert part in text
    assert token not in text


def test_it_is_filtered_by_state_event_handler_repository_and_actor() -> None:
    client = client_with("view_eventlog")
    one = an_event(
        event="issues", action="opened", repository="octo/a", sender="ann", status=EventStatus.DEAD
    )
    two = an_event(event="push", repository="octo/b", sender="bob", status=EventStatus.PENDING)
    a_run(one, handler="app.events.handlers.label", command="tag")
    for asked, found in (
        ({"state": "failed"}, [one.pk]),
        ({"state": "waiting"}, [two.pk]),
        ({"state": "ignored"}, []),
        ({"event": "issues"}, [one.pk]),
        ({"event": "issues.closed"}, []),
        ({"handler": "label"}, [one.pk]),
        ({"handler": "tag"}, [one.pk]),
        ({"handler": "bel"}, []),
        ({"repository": "octo/b"}, [two.pk]),
        ({"actor": "ann", "state": "failed"}, [one.pk]),
    ):
        assert (asked, shown(client, **asked)) == (asked, found)


def test_it_shows_so_many_of_the_newest_and_looks_at_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_with("view_eventlog")
    first = an_event(event="rare")
    EventLog.objects.bulk_create(EventLog(event="push") for _ in range(60))
    assert len(shown(client)) == tail_page.ROWS
    assert shown(client, event="rare") == [first.pk]
    monkeypatch.setattr(tail_page, "WINDOW", 60)
    assert shown(client, event="rare") == []
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown(client)
    # Whatever the number of rows: session, user, permissions, newest id, events, runs.
    assert len([one for one in asked if "eventlog" in one["sql"] or "handlerrun" in one["sql"]]) <= 4
    assert not any('"body"' in one["sql"] for one in asked)


def test_what_has_not_changed_is_not_sent_again() -> None:
    client = client_with("view_eventlog")
    event = an_event(status=EventStatus.PENDING)
    tag = client.get(reverse(ROWS)).headers["ETag"]
    again = client.get(reverse(ROWS), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    EventLog.objects.filter(pk=event.pk).update(status=EventStatus.DONE)
    assert client.get(reverse(ROWS), headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("asked", [{"state": "nothing"}, {"event": "a\x00"}, {"actor": "x" * 500}])
def test_what_cannot_be_asked_for_is_refused(asked: dict[str, str]) -> None:
    client = client_with("view_eventlog")
    an_event()
    assert client.get(reverse(ROWS), asked).status_code == 400
    assert 'class="errorlist"' in page(client, TAIL, **asked)


def test_without_scripts_the_page_has_the_rows_too() -> None:
    client = client_with("view_eventlog")
    event = an_event(event="push")
    assert f'data-id="{event.pk}"' in page(client, TAIL)
