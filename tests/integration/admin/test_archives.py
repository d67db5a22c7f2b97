"""Archive files in the admin: what is where, and what can be done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    JobKind,
    JobState,
    RetentionJob,
)
from django_github_app.retention import jobs
from tests.support.admin_pages import page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestArchives:
    @pytest.fixture(autouse=True)
    def _archived(self, folder: Path) -> None:
        an_event(days=10, repository="octo/hello")
        an_event(days=11, repository="octo/other")
        EventLog.objects.archive_events(7)

    def test_they_are_listed_shown_and_downloaded(self, admin: Client, folder: Path) -> None:
        file = ArchiveFile.objects.first()
        assert file is not None
        html = page(admin, "admin:django_github_app_archivefile_changelist")
        assert file.path in html
        assert file.sha256 in page(admin, "admin:django_github_app_archivefile_change", file.pk)
        url = reverse("admin:django_github_app_archivefile_download", args=[file.pk])
        answer: Any = admin.get(url)
        assert b"".join(answer.streaming_content) == (folder / file.path).read_bytes()
        assert answer.headers["Content-Disposition"].endswith(f'filename="{Path(file.path).name}"')
        (folder / file.path).unlink()
        gone = admin.get(reverse("admin:django_github_app_archivefile_download", args=[file.pk]))
        assert gone.status_code == 404

    @pytest.mark.parametrize("action", ["verify", "restore"])
    def test_actions_enqueue_jobs(self, admin: Client, action: str) -> None:
        data = {"action": action, "_selected_action": [str(f.pk) for f in ArchiveFile.objects.all()]}
        admin.post(reverse("admin:django_github_app_archivefile_changelist"), data)
        job = RetentionJob.objects.get(kind=action)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert EventLog.objects.count() == (2 if action == "restore" else 0)

    def test_an_expired_archive_is_not_restored(self, admin: Client) -> None:
        ArchiveFile.objects.update(state=ArchiveState.EXPIRED)
        data = {"action": "restore", "_selected_action": [str(f.pk) for f in ArchiveFile.objects.all()]}
        admin.post(reverse("admin:django_github_app_archivefile_changelist"), data)
        assert not RetentionJob.objects.filter(kind=JobKind.RESTORE).exists()

    def test_events_are_restored_by_repository(self, admin: Client) -> None:
        url = reverse("admin:django_github_app_archivefile_restore")
        assert "Say which days" in admin.post(url, {}).content.decode()
        assert "No archive" in admin.post(url, {"until": "2020-01-01"}).content.decode()
        admin.post(url, {"repository": "octo/hello"})
        jobs.run(RetentionJob.objects.get(kind=JobKind.RESTORE).pk)
        assert EventLog.objects.get().repository == "octo/hello"
