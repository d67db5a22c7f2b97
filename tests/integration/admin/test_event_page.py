"""What an event's page says of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_github_app.admin import event_page
from django_github_app.maintenance import publishing
from django_github_app.models import (
    EventLog,
    EventStatus,
)
from django_github_app.testing import payloads
from tests.support.admin_pages import CHANGE, page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


@pytest.mark.parametrize("body", [b"not json", b"", b'{"lone":"\\ud800"}', b"[" * 5000 + b"]" * 5000, None])
def test_a_detail_page_opens_whatever_the_body_is(admin: Client, body: bytes | None) -> None:
    event = an_event(body=body)
    page(admin, CHANGE, event.pk)
    EventLog.objects.filter(pk=event.pk).update(body=b"damaged")
    assert "cannot be shown" in page(admin, CHANGE, event.pk)


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)


class TestPage:
    def test_it_leads_to_the_comment_and_the_pull_request_on_github(self, admin: Client) -> None:
        payload = payloads.build("issue_comment", number=41, repository="octo/hello")
        event = an_event(
            event="issue_comment", body=json.dumps(payload).encode(), repository="octo/hello", number=41
        )
        html = page(admin, CHANGE, event.pk)
        assert f'href="{payload["comment"]["html_url"]}"' in html
        assert 'href="https://github.com/octo/hello/issues/41"' in html

    def test_an_address_that_a_browser_would_run_is_no_link(self, admin: Client) -> None:
        body = json.dumps({"comment": {"html_url": "javascript:alert(1)"}, "issue": {"html_url": 7}}).encode()
        html = page(admin, CHANGE, an_event(body=body).pk)
        assert 'href="javascript' not in html

    def test_times_have_seconds(self, admin: Client) -> None:
        event = an_event()
        assert f"{event.received_at:%Y-%m-%d %H:%M:%S}" in page(admin, CHANGE, event.pk)

    def test_it_has_the_headers_of_the_request(self, admin: Client) -> None:
        body = json.dumps({"repository": {"id": 5}, "organization": {"id": 6}}).encode()
        event = an_event(event="push", delivery="guid-1", hook_id=9, target_id=5, body=body)
        html = page(admin, CHANGE, event.pk)
        for name, value in (
            ("X-GitHub-Delivery", "guid-1"),
            ("X-GitHub-Hook-ID", "9"),
            ("X-GitHub-Hook-Installation-Target-ID", "5"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ):
            assert f'<th scope="row">{name}</th><td>{value}</td>' in html

    @pytest.mark.parametrize(
        ("target", "kind"),
        [(5, "repository"), (6, "organization"), (7, "business"), (1, "integration"), (8, "")],
    )
    def test_what_the_hook_belongs_to_is_told_by_its_id(self, target: int, kind: str, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "APP_ID": "1"}
        payload = {"repository": {"id": 5}, "organization": {"id": 6}, "enterprise": {"id": 7}}
        headers = dict(event_page.request_headers(an_event(delivery="d", target_id=target), payload))
        assert headers.get("X-GitHub-Hook-Installation-Target-Type", "") == kind

    def test_what_was_not_a_request_has_no_headers(self) -> None:
        assert event_page.request_headers(an_event(delivery=None), {}) == []

    def test_an_event_says_what_it_waits_behind(self, admin: Client) -> None:
        first = an_event(status=EventStatus.PROCESSING, lane=9, worker_type="sync")
        an_event(status=EventStatus.DONE, lane=9)
        an_event(status=EventStatus.RETRYING, lane=9, next_attempt_at=timezone.now())
        second = an_event(status=EventStatus.PENDING, lane=9, worker_type="sync")
        third = an_event(status=EventStatus.PENDING, lane=9, worker_type="sync")
        an_event(status=EventStatus.PENDING, lane=8, worker_type="sync")
        assert event_page.waits_for(third).events == (first, second)
        html = page(admin, CHANGE, third.pk)
        assert "This one waits behind" in html
        assert reverse("admin:django_github_app_eventlog_change", args=[first.pk]) in html
        assert event_page.waits_for(first).events == ()
        alone = an_event(status=EventStatus.PENDING, worker_type="sync")
        assert "waits for a worker only" in page(admin, CHANGE, alone.pk)

    def test_a_retry_says_when(self) -> None:
        later = timezone.now() + dt.timedelta(seconds=90)
        event = an_event(status=EventStatus.RETRYING, next_attempt_at=later)
        assert re.fullmatch(r"It is tried again in \d\d s\.", event_page.waits_for(event).reason)


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("https://ghes.example/api/v3", "https://ghes.example"),
        ("https://api.ghes.example/api/v3", "https://api.ghes.example"),
    ],
)
def test_an_event_leads_to_the_github_that_sent_it(api: str, web: str, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "API_URL": api}
    event = EventLog(repository="octo/widgets", number=7)
    assert event_page.subject_on_github(event) == ("octo/widgets#7", f"{web}/octo/widgets/issues/7")
