"""The pages of the event log: what the list says of each event, its filters, and what an event's page offers."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_github_app.maintenance import publishing
from django_github_app.models import (
    ArchiveFile,
    EventLog,
    EventStatus,
    RetentionJob,
    RunStatus,
)
from django_github_app.retention import jobs
from tests.support.admin_pages import CHANGE, CHANGELIST, page
from tests.support.retention import a_run, an_event, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)


def listed(client: Client, **query: str) -> list[str]:
    """Return the rows of the list as text."""
    html = client.get(reverse(CHANGELIST), query).content.decode()
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
        html = admin.get(reverse(CHANGELIST)).content.decode()
        for link in ("?handler=app.handlers.label", "?command=backport", "?actor=ada", "?received=1h"):
            assert link in html


class TestButtons:
    def post(self, client: Client, event: EventLog, what: str) -> Any:
        return client.post(
            reverse("admin:django_github_app_eventlog_replay", args=[event.pk]), {"what": what}, follow=True
        )

    def test_run_failed_again_keeps_what_succeeded(self, admin: Client) -> None:
        event = an_event(status=EventStatus.DEAD)
        a_run(event, handler="app.good")
        a_run(event, handler="app.bad", status=RunStatus.DEAD)
        html = page(admin, CHANGE, event.pk)
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
        assert "Run failed again" not in page(admin, CHANGE, event.pk)
        self.post(admin, event, "all")
        event.refresh_from_db()
        assert event.status == EventStatus.PENDING
        assert not event.runs.exists()

    def test_what_waits_already_has_no_buttons_and_is_left_alone(self, admin: Client) -> None:
        event = an_event(status=EventStatus.PENDING, worker_type="sync")
        assert "github-replay" not in page(admin, CHANGE, event.pk)
        assert "Nothing was queued" in self.post(admin, event, "all").content.decode()

    def test_cancel_ends_what_waits_and_says_who_did_it(self, admin: Client) -> None:
        event, over = an_event(status=EventStatus.PENDING, worker_type="sync"), an_event()
        assert "github-cancel" in page(admin, CHANGE, event.pk)
        assert "github-cancel" not in page(admin, CHANGE, over.pk)
        url = reverse("admin:django_github_app_eventlog_cancel", args=[event.pk])
        assert "The event is cancelled" in admin.post(url, follow=True).content.decode()
        event.refresh_from_db()
        assert event.status == EventStatus.DONE
        assert event.runs.get().error == "cancelled by admin"
        assert "Nothing was cancelled" in admin.post(url, follow=True).content.decode()
        assert admin.get(url).status_code == 405

    def test_selected_events_are_cancelled(self, admin: Client) -> None:
        events = [an_event(status=EventStatus.PENDING, worker_type="sync"), an_event()]
        data = {"action": "cancel_selected", "_selected_action": [event.pk for event in events]}
        html = admin.post(reverse(CHANGELIST), data, follow=True).content.decode()
        assert "1 of 2 events were cancelled" in html

    def test_it_takes_the_permission_a_post_and_a_token(self, admin: Client) -> None:
        event = an_event(status=EventStatus.DEAD)
        url = reverse("admin:django_github_app_eventlog_replay", args=[event.pk])
        user = User.objects.create_user("viewer", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename="view_eventlog"))
        viewer = Client()
        viewer.force_login(user)
        assert "github-replay" not in page(viewer, CHANGE, event.pk)
        assert viewer.post(url, {"what": "all"}).status_code == 403
        cancel = reverse("admin:django_github_app_eventlog_cancel", args=[event.pk])
        assert viewer.post(cancel).status_code == 403
        assert admin.get(url).status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(username="admin"))
        assert strict.post(url, {"what": "all"}).status_code == 403
        event.refresh_from_db()
        assert event.status == EventStatus.DEAD


class TestSelected:
    def select(self, client: Client, action: str, *events: EventLog, **more: str) -> Any:
        data = {"action": action, "_selected_action": [str(e.pk) for e in events], **more}
        return client.post(reverse(CHANGELIST), data)

    @pytest.mark.parametrize("action", ["delete_selected_events", "archive_selected"])
    def test_exactly_the_selected_events_go_when_they_are_finished(
        self, admin: Client, folder: Path, action: str
    ) -> None:
        one, pending, other = an_event(days=0), an_event(status=EventStatus.PENDING), an_event(days=50)
        question = self.select(admin, action, one, pending).content.decode()
        assert "<strong>2</strong> selected events?" in question
        assert not RetentionJob.objects.exists()
        self.select(admin, action, one, pending, confirmed="yes")
        job = RetentionJob.objects.get()
        jobs.run(job.pk)
        assert set(picture()) == {pending.pk, other.pk}
        assert ArchiveFile.objects.exists() is (action == "archive_selected")

    def test_events_can_be_processed_again(self, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "django_github_app.maintenance.publishing.publish", lambda wanted, most=None: None
        )
        done, dead = an_event(), an_event(status=EventStatus.DEAD)
        a_run(done)
        self.select(admin, "process_again", done)
        self.select(admin, "run_failed_again", dead)
        assert set(EventLog.objects.values_list("status", flat=True)) == {EventStatus.PENDING}

    def test_too_many_are_refused(self, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_github_app.admin.events.MOST_SELECTED", 1)
        self.select(admin, "delete_selected_events", an_event(), an_event(), confirmed="yes")
        assert not RetentionJob.objects.exists()
