"""The page that runs events again by what they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, JobKind, RetentionJob, RunStatus
from django_github_app.retention import requesting
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)
    monkeypatch.setattr(requesting, "publish", lambda pk: None)


def failed_event(handler: str = "app.bad", **values: Any) -> EventLog:
    event = an_event(status=EventStatus.DEAD, worker_type="sync", **values)
    a_run(event, handler="app.good")
    a_run(event, handler=handler, status=RunStatus.DEAD)
    return event


class TestPage:
    url = "admin:django_github_app_eventlog_replay_many"

    def client(self, *rights: str) -> Client:
        user = User.objects.create_user("operator", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=[f"{r}_eventlog" for r in rights]))
        client = Client()
        client.force_login(user)
        return client

    def test_it_counts_asks_and_enqueues_a_job(self) -> None:
        client = self.client("view", "change")
        failed_event()
        listing = client.get(reverse("admin:django_github_app_eventlog_changelist")).content.decode()
        assert reverse(self.url) in listing
        assert 'value="app.bad"' in client.get(reverse(self.url), {"handler": "app.bad"}).content.decode()
        asked = {"failed": "on", "handler": "app.bad", "rate": "5"}
        assert (
            "Run <strong>1</strong> events again?" in client.post(reverse(self.url), asked).content.decode()
        )
        assert not RetentionJob.objects.exists()
        answer = client.post(reverse(self.url), {**asked, "post": "yes"})
        job = RetentionJob.objects.get()
        assert answer["Location"] == reverse("admin:django_github_app_retentionjob_change", args=[job.pk])
        assert (job.kind, job.requested_by, job.parameters["rate"]) == (JobKind.REPLAY, "operator", 5.0)
        assert "Cancel the job" in client.get(answer["Location"]).content.decode()

    def test_everything_of_all_times_is_refused(self) -> None:
        answer = self.client("change").post(reverse(self.url), {"rate": "5", "post": "yes"})
        assert "Choose only events that failed" in answer.content.decode()

    def test_it_takes_the_permission(self) -> None:
        client = self.client("view", "delete")
        assert client.get(reverse(self.url)).status_code == 403
        assert client.post(reverse(self.url), {"failed": "on", "rate": "5", "post": "yes"}).status_code == 403
        assert not RetentionJob.objects.exists()
