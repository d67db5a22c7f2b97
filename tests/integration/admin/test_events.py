"""The pages of the event log: what the list says of each event, its filters, and what an event's page offers."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_github_app.admin import event_page
from django_github_app.maintenance import sweep
from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.testing import payloads
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db
LIST = "admin:django_github_app_eventlog_changelist"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "publish", lambda refs, most=None: None)


def page(client: Client, event: EventLog) -> str:
    return client.get(reverse("admin:django_github_app_eventlog_change", args=[event.pk])).content.decode()


def listed(client: Client, **query: str) -> list[str]:
    """Return the rows of the list as text."""
    html = client.get(reverse(LIST), query).content.decode()
    body = re.search(r"<tbody>(.*)</tbody>", html, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    # Columns and names are apart by a blank.
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


class TestList:
    def test_a_row_says_what_ran_how_long_it_took_and_when_it_is_tried_again(self, admin: Client) -> None:
        due = timezone.now() + dt.timedelta(minutes=3)
        event = an_event(
            status=EventStatus.RETRYING, next_attempt_at=due, repository="octo/hello", number=7, sender="ada"
        )
        a_run(event, handler="app.handlers.label", duration_ms=12.25)
        a_run(event, handler="app.handlers.greet", duration_ms=30.5, status=RunStatus.RETRYING)
        (row,) = listed(admin)
        assert "octo/hello#7" in row
        assert "handlers.greet , handlers.label 42.8 ms" in row
        assert f"{due:%Y-%m-%d %H:%M:%S}" in row
        assert f"{event.received_at:%Y-%m-%d %H:%M:%S}" in row

    def test_many_handlers_are_counted(self, admin: Client) -> None:
        event = an_event()
        for name in "abcde":
            a_run(event, handler=f"app.{name}")
        (row,) = listed(admin)
        assert "app.a , app.b , app.c and 2 more" in row

    def test_it_is_filtered_by_handler_command_actor_and_time(self, admin: Client) -> None:
        old = an_event(days=3, sender="ada")
        a_run(old, handler="app.handlers.label")
        new = an_event(days=0.01, sender="bob")
        a_run(new, handler="app.handlers.backport", command="backport", actor="bob")
        for query, expected in (
            ({"handler": "app.handlers.label"}, [old]),
            ({"handler": "app.handlers.backport"}, [new]),
            ({"command": "backport"}, [new]),
            ({"actor": "ada"}, [old]),
            ({"received": "1h"}, [new]),
            ({"received": "7d"}, [new, old]),
            ({"actor": "ada", "received": "1h"}, []),
        ):
            assert [int(row.split()[0]) for row in listed(admin, **query)] == [e.pk for e in expected], query

    def test_the_filters_offer_what_the_newest_events_have(self, admin: Client) -> None:
        a_run(an_event(sender="ada"), handler="app.handlers.label", command="backport")
        html = admin.get(reverse(LIST)).content.decode()
        for link in ("?handler=app.handlers.label", "?command=backport", "?actor=ada", "?received=1h"):
            assert link in html


class TestPage:
    def test_it_leads_to_the_comment_and_the_pull_request_on_github(self, admin: Client) -> None:
        payload = payloads.build("issue_comment", number=41, repository="octo/hello")
        event = an_event(
            event="issue_comment", body=json.dumps(payload).encode(), repository="octo/hello", number=41
        )
        html = page(admin, event)
        assert f'href="{payload["comment"]["html_url"]}"' in html
        assert 'href="https://github.com/octo/hello/issues/41"' in html

    def test_an_address_that_a_browser_would_run_is_no_link(self, admin: Client) -> None:
        body = json.dumps({"comment": {"html_url": "javascript:alert(1)"}, "issue": {"html_url": 7}}).encode()
        html = page(admin, an_event(body=body))
        assert 'href="javascript' not in html

    def test_times_have_seconds_and_headers_are_said_not_to_be_stored(self, admin: Client) -> None:
        event = an_event()
        html = page(admin, event)
        assert f"{event.received_at:%Y-%m-%d %H:%M:%S}" in html
        assert "the signature and all others are not" in html

    def test_an_event_says_what_it_waits_behind(self, admin: Client) -> None:
        first = an_event(status=EventStatus.PROCESSING, lane=9, worker_type="sync")
        an_event(status=EventStatus.DONE, lane=9)
        an_event(status=EventStatus.RETRYING, lane=9, next_attempt_at=timezone.now())
        second = an_event(status=EventStatus.PENDING, lane=9, worker_type="sync")
        third = an_event(status=EventStatus.PENDING, lane=9, worker_type="sync")
        an_event(status=EventStatus.PENDING, lane=8, worker_type="sync")
        assert event_page.waits_for(third).events == (first, second)
        html = page(admin, third)
        assert "This one waits behind" in html
        assert reverse("admin:django_github_app_eventlog_change", args=[first.pk]) in html
        assert event_page.waits_for(first).events == ()
        alone = an_event(status=EventStatus.PENDING, worker_type="sync")
        assert "waits for a worker only" in page(admin, alone)

    def test_a_retry_says_when(self) -> None:
        later = timezone.now() + dt.timedelta(seconds=90)
        event = an_event(status=EventStatus.RETRYING, next_attempt_at=later)
        assert re.fullmatch(r"It is tried again in \d\d s\.", event_page.waits_for(event).reason)


class TestButtons:
    def post(self, client: Client, event: EventLog, what: str) -> Any:
        return client.post(
            reverse("admin:django_github_app_eventlog_replay", args=[event.pk]), {"what": what}, follow=True
        )

    def test_run_failed_again_keeps_what_succeeded(self, admin: Client) -> None:
        event = an_event(status=EventStatus.DEAD)
        a_run(event, handler="app.good")
        a_run(event, handler="app.bad", status=RunStatus.DEAD)
        html = page(admin, event)
        assert "Run failed again" in html
        assert "Replay from the start" in html
        assert "The event is queued" in self.post(admin, event, "failed").content.decode()
        event.refresh_from_db()
        assert event.status == EventStatus.PENDING
        assert dict(event.runs.values_list("handler", "status")) == {
            "app.good": RunStatus.SUCCEEDED,
            "app.bad": RunStatus.RETRYING,
        }

    def test_a_replay_forgets_what_ran(self, admin: Client) -> None:
        event = an_event()
        a_run(event)
        assert "Run failed again" not in page(admin, event)
        self.post(admin, event, "all")
        event.refresh_from_db()
        assert event.status == EventStatus.PENDING
        assert not event.runs.exists()

    def test_what_waits_already_has_no_buttons_and_is_left_alone(self, admin: Client) -> None:
        event = an_event(status=EventStatus.PENDING, worker_type="sync")
        assert "github-replay" not in page(admin, event)
        assert "Nothing was queued" in self.post(admin, event, "all").content.decode()

    def test_it_takes_the_permission_a_post_and_a_token(self, admin: Client) -> None:
        event = an_event(status=EventStatus.DEAD)
        url = reverse("admin:django_github_app_eventlog_replay", args=[event.pk])
        user = User.objects.create_user("viewer", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename="view_eventlog"))
        viewer = Client()
        viewer.force_login(user)
        assert "github-replay" not in page(viewer, event)
        assert viewer.post(url, {"what": "all"}).status_code == 403
        assert admin.get(url).status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(username="root"))
        assert strict.post(url, {"what": "all"}).status_code == 403
        event.refresh_from_db()
        assert event.status == EventStatus.DEAD


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
