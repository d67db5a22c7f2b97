"""What the event log is searched and filtered by."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    EventStatus,
)
from tests.support.admin_pages import CHANGE, CHANGELIST, page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("72d3162e-cc78-11e3-81ab-4c9367dc0958", True),
        ("octo/hello", True),
        ("#7", True),
        ("@octocat", True),
        ("issues", True),
        ("issues.opened", True),
        ("issues.closed", False),
        ("octo", False),
        ("999999999999", False),
    ],
)
def test_search_finds_whole_values(admin: Client, term: str, found: bool) -> None:
    event = an_event(
        action="opened",
        delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
        repository="octo/hello",
        number=7,
        sender="octocat",
    )
    link = reverse(CHANGE, args=[event.pk])
    assert (link in page(admin, CHANGELIST, q=term)) is found


def test_an_event_is_found_by_its_id(admin: Client) -> None:
    event = an_event()
    assert "1 event" in page(admin, CHANGELIST, q=str(event.pk))


@pytest.mark.parametrize("name", ["event", "repository", "status__exact", "worker_type"])
def test_filters_work(admin: Client, name: str) -> None:
    an_event(event="push", repository="octo/hello", worker_type="sync", status=EventStatus.DONE)
    an_event(event="issues", repository="octo/other", worker_type="async", status=EventStatus.DEAD)
    value = {"event": "push", "repository": "octo/hello", "status__exact": "10", "worker_type": "sync"}[name]
    html = page(admin, CHANGELIST, **{name: value})
    assert "1 event" in html
    assert "octo/hello" in html
