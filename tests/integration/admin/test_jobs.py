"""The page of a job: how far it is, why it failed, and who may stop it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    JobKind,
    JobState,
    RetentionJob,
)
from tests.support.admin_pages import client_with, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestJobPage:
    def test_it_shows_progress_and_can_cancel(self, admin: Client) -> None:
        job = RetentionJob.objects.create(kind=JobKind.CLEANUP, total=200, processed=50)
        html = page(admin, "admin:django_github_app_retentionjob_change", job.pk)
        assert 'value="25"' in html
        assert "Cancel the job" in html
        status = admin.get(reverse("admin:django_github_app_retentionjob_status", args=[job.pk])).json()
        assert (status["state"], status["percent"], status["total"]) == ("queued", 25, "200")
        cancel = reverse("admin:django_github_app_retentionjob_cancel", args=[job.pk])
        assert admin.get(cancel).status_code == 405
        assert client_with("archive_eventlog").post(cancel).status_code == 403
        admin.post(cancel)
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED
        assert "Cancel the job" not in page(admin, "admin:django_github_app_retentionjob_change", job.pk)

    def test_a_failed_one_says_why(self, admin: Client) -> None:
        job = RetentionJob.objects.create(kind=JobKind.ARCHIVE, state=JobState.FAILED, error="StoreError: no")
        assert "StoreError: no" in page(admin, "admin:django_github_app_retentionjob_change", job.pk)
        assert "github-bad" in page(admin, "admin:django_github_app_retentionjob_changelist")
