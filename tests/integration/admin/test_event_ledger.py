"""What ran for an event: the table on its page, and the columns of the list."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from django_github_app.maintenance import publishing
from django_github_app.models import (
    RunStatus,
)
from tests.support.admin_pages import CHANGE, CHANGELIST, page
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


def test_the_detail_shows_payload_and_ledger_without_secrets(admin: Client) -> None:
    token = "ghs_" + "a" * 40
    body = {"action": "opened", "hook": {"config": {"secret": "hunter2"}}, "text": f"my {token} <b>"}
    event = an_event(body=json.dumps(body).encode(), action="opened")
    a_run(
        event,
        handler="app.handlers.label",
        status=RunStatus.DEAD,
        error=f"ValueError: {token}",
        traceback="Traceback …",
        duration_ms=12.34,
        command="label",
        arguments="+A",
        actor="octocat",
    )
    html = page(admin, CHANGE, event.pk)
    for text in ("app.handlers.label", "label +A (by octocat)", "12.3 ms", "&lt;b&gt;", "Traceback …"):
        assert text in html
    assert token not in html
    assert "hunter2" not in html
    assert 'name="_save"' not in html


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)


def test_the_list_shows_what_happened_to_each_event(admin: Client) -> None:
    an_event(event="issues", action="opened", repository="octo/hello", number=7, sender="octocat")
    html = page(admin, CHANGELIST)
    for text in ("issues.opened", "octo/hello#7", "octocat", "github-good", "1 event"):
        assert text in html


def test_each_try_that_failed_is_shown_with_its_error_and_without_secrets(admin: Client) -> None:
    token = "ghs_" + "b" * 40
    event = an_event()
    tries = [
        {
            "started_at": f"2026-11-20T12:00:0{n}+00:00",
            "duration_ms": 7.25,
            "error": f"OSError {n}",
            "traceback": token,
        }
        for n in (1, 2)
    ]
    a_run(event, status=RunStatus.SUCCEEDED, attempts=3, tries=json.dumps(tries))
    html = page(admin, CHANGE, event.pk)
    assert "2 earlier tries" in html
    assert html.index("OSError 2") < html.index("OSError 1")
    assert "2026-11-20 12:00:01" in html
    assert "7.2 ms" in html
    assert token not in html
