"""The pages that start retention jobs, and for whom they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    ArchiveFile,
    EventLog,
    JobKind,
    JobState,
    RetentionJob,
)
from django_github_app.retention import jobs
from tests.support.admin_pages import ARCHIVE, CHANGELIST, CLEANUP, client_with, page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestCleanup:
    def test_it_asks_counts_asks_again_and_enqueues(self, admin: Client, published: list[int]) -> None:
        an_event(days=10)
        an_event(days=1)
        assert 'value="7"' in page(admin, CLEANUP)
        due = admin.get(
            reverse("admin:django_github_app_eventlog_due"), {"days_to_keep": "7", "kind": "cleanup"}
        )
        assert due.json() == {"due": "1"}
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": 7})
        assert "Delete <strong>1</strong> events?" in answer.content.decode()
        assert not RetentionJob.objects.exists()
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": 7, "post": "yes"})
        job = RetentionJob.objects.get()
        assert answer.headers["Location"] == reverse(
            "admin:django_github_app_retentionjob_change", args=[job.pk]
        )
        assert (job.kind, job.requested_by, job.source) == (JobKind.CLEANUP, "admin", "admin")
        assert EventLog.objects.count() == 2
        jobs.run(job.pk)
        assert EventLog.objects.count() == 1

    @pytest.mark.parametrize("days", ["", "-1", "x"])
    def test_days_that_make_no_sense_are_refused(self, admin: Client, days: str) -> None:
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": days, "post": "yes"})
        assert "errornote" in answer.content.decode()
        assert not RetentionJob.objects.exists()
        due = admin.get(reverse("admin:django_github_app_eventlog_due"), {"days_to_keep": days})
        assert due.status_code == 400

    def test_dead_events_may_stay_longer(self, admin: Client) -> None:
        admin.post(reverse(CLEANUP), {"days_to_keep": 7, "days_to_keep_dead": 90, "post": "yes"})
        cutoffs = RetentionJob.objects.get().parameters["cutoffs"]
        assert cutoffs["dead"] < cutoffs["done"] == cutoffs["ignored"]


class TestArchive:
    def test_it_says_where_to_and_enqueues(self, admin: Client, folder: Path) -> None:
        an_event(days=10)
        html = page(admin, ARCHIVE)
        assert 'value="archives"' in html
        form = {
            "days_to_keep": 7,
            "delete_after_archive": "on",
            "storage": "archives",
            "location": "github_events",
        }
        confirmation = admin.post(reverse(ARCHIVE), form).content.decode()
        assert str(folder) in confirmation
        assert "once their archive is verified" in confirmation
        admin.post(reverse(ARCHIVE), {**form, "post": "yes"})
        job = RetentionJob.objects.get()
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, EventLog.objects.count(), ArchiveFile.objects.count()) == (JobState.DONE, 0, 1)

    def test_the_events_may_stay(self, admin: Client, folder: Path) -> None:
        an_event(days=10)
        form = {"days_to_keep": 7, "storage": "archives", "location": "", "post": "yes"}
        admin.post(reverse(ARCHIVE), form)
        jobs.run(RetentionJob.objects.get().pk)
        assert (EventLog.objects.count(), ArchiveFile.objects.count()) == (1, 1)

    def test_a_storage_that_the_project_does_not_have_is_refused(self, admin: Client) -> None:
        answer = admin.post(reverse(ARCHIVE), {"days_to_keep": 7, "storage": "os.path.Evil", "post": "yes"})
        assert "Select a valid choice" in answer.content.decode()
        assert not RetentionJob.objects.exists()

    def test_a_storage_that_cannot_be_used_is_named_before_the_job_is_asked_for(
        self, admin: Client, settings: Any
    ) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "gone"}
        page(admin, ARCHIVE)
        answer = admin.post(reverse(ARCHIVE), {"days_to_keep": 7, "storage": "gone"})
        assert "gone (cannot be used)" in answer.content.decode()


class TestPermissions:
    @pytest.mark.parametrize(
        ("name", "permission"),
        [
            (CLEANUP, "delete_eventlog"),
            (ARCHIVE, "archive_eventlog"),
            ("admin:django_github_app_archivefile_restore", "restore_eventlog"),
        ],
    )
    def test_each_page_has_its_own(self, name: str, permission: str) -> None:
        others = {"delete_eventlog", "archive_eventlog", "restore_eventlog", "view_eventlog"} - {permission}
        refused = client_with(*others)
        assert refused.get(reverse(name)).status_code == 403
        assert refused.post(reverse(name), {"days_to_keep": 0, "post": "yes"}).status_code == 403
        assert not RetentionJob.objects.exists()
        assert client_with(permission).get(reverse(name)).status_code == 200

    def test_the_buttons_are_there_for_those_who_may(self) -> None:
        assert "Clean up old events" not in page(client_with("view_eventlog"), CHANGELIST)
        html = page(client_with("view_eventlog", "delete_eventlog"), CHANGELIST)
        assert "Clean up old events" in html
        assert "Archive old events" not in html
        assert "delete_selected_events" in html
        assert "archive_selected" not in html

    def test_the_count_is_for_those_who_may_act_on_it(self) -> None:
        url = reverse("admin:django_github_app_eventlog_due")
        assert client_with("view_eventlog").get(url, {"days_to_keep": 1}).status_code == 403
        assert client_with("archive_eventlog").get(url, {"days_to_keep": 1}).status_code == 200

    def test_somebody_who_is_not_staff_sees_the_login(self) -> None:
        assert Client().get(reverse(CLEANUP)).status_code == 302

    def test_a_download_needs_the_events_permission_too(self, folder: Path) -> None:
        an_event(days=10)
        EventLog.objects.archive_events(7)
        url = reverse("admin:django_github_app_archivefile_download", args=[ArchiveFile.objects.get().pk])
        assert client_with("view_archivefile").get(url).status_code == 403
        answer: Any = client_with("view_archivefile", "view_eventlog").get(url)
        assert b"".join(answer.streaming_content)


def test_pages_work_without_inline_scripts_or_styles(admin: Client, folder: Path) -> None:
    job = RetentionJob.objects.create(kind=JobKind.CLEANUP)
    for html in (
        page(admin, CLEANUP),
        page(admin, ARCHIVE),
        page(admin, "admin:django_github_app_archivefile_restore"),
        page(admin, "admin:django_github_app_retentionjob_change", job.pk),
    ):
        content = html[html.index('<div id="content"') :]
        assert "<script>" not in content
        assert " style=" not in content
        assert " onclick=" not in content
