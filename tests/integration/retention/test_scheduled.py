"""The policy as beat starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app.models import ArchiveFile, EventLog, JobKind, RetentionJob
from django_github_app.retention import jobs, requesting, scheduled
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the jobs that were published, in order."""
    ids: list[int] = []
    monkeypatch.setattr(requesting, "publish", ids.append)
    return ids


class TestPolicy:
    @pytest.fixture(autouse=True)
    def _published(self, published: list[int]) -> None: ...

    def test_it_deletes_as_the_settings_say(self) -> None:
        (job,) = scheduled.apply_policy()
        assert (job.kind, job.source) == (JobKind.CLEANUP, "schedule")
        assert set(job.parameters["cutoffs"]) == {"done", "ignored", "dead"}

    def test_it_archives_when_the_settings_or_the_schedule_say_so(self, settings: Any) -> None:
        assert [job.kind for job in scheduled.apply_policy("archive", 3)] == [JobKind.ARCHIVE]
        RetentionJob.objects.all().delete()
        settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_ACTION": "archive"}
        assert [job.kind for job in scheduled.apply_policy()] == [JobKind.ARCHIVE]

    def test_it_does_nothing_when_it_is_switched_off(self, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "AUTO_CLEANUP_EVENTS": False}
        assert scheduled.apply_policy() == []

    def test_it_does_not_pile_up_jobs(self) -> None:
        assert len(scheduled.apply_policy()) == 1
        assert scheduled.apply_policy() == []

    def test_it_removes_expired_archives(self, folder: Path) -> None:
        an_event(days=40)
        EventLog.objects.archive_events(7)
        kinds = [job.kind for job in scheduled.apply_policy(archive_days_to_keep=30)]
        assert kinds == [JobKind.CLEANUP, JobKind.EXPIRE]
        jobs.run(RetentionJob.objects.get(kind=JobKind.EXPIRE).pk)
        assert ArchiveFile.objects.get().expired_at is not None

    def test_an_unknown_action_is_refused(self) -> None:
        with pytest.raises(ValueError, match="burn"):
            scheduled.apply_policy("burn")
