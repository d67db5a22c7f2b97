"""A process that works on a retention job is killed at every step: nothing is lost, nothing is there twice."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.db import connections
from django.utils import timezone

from django_github_app import retention
from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    EventStatus,
    JobKind,
    JobState,
    Lock,
    RetentionJob,
)
from django_github_app.models.retention import create_job
from django_github_app.retention import jobs, requesting
from django_github_app.retention.format import read_events
from django_github_app.retention.records import ArchiveFormat
from tests.support.crashing import ARCHIVE_STEPS, TWO_FILE_STEPS
from tests.support.retention import an_event, picture, varied_events
from tests.support.site import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def database(migrated_database: str, django_db_blocker: Any) -> Iterator[str]:
    """A database of its own, which this process and those it starts look at."""
    default: Any = connections["default"]
    own = connections.create_connection("default")
    own.settings_dict = {**own.settings_dict, **dj_database_url.parse(migrated_database)}
    connections["default"] = own
    with django_db_blocker.unblock():
        yield migrated_database
        own.close()
    connections["default"] = default


class Machine:
    """Runs jobs in processes of their own."""

    def __init__(self, database: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DATABASE_URL": database,
            "ARCHIVES": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }

    def run(self, job: RetentionJob, step: str = "") -> None:
        """Run a job to its end, or until it kills itself at ``step``."""
        RetentionJob.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=5))
        RetentionJob.objects.take_back(jobs.SILENT_FOR, most=100)
        # As if the term of the killed process's lock were over.
        Lock.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=5))
        command = [sys.executable, "-m", "tests.support.crashing", str(job.pk), *filter(None, [step])]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, check=False, capture_output=True, text=True
        )
        assert done.returncode == (-9 if step else 0), done.stderr
        job.refresh_from_db()
        assert job.state == (JobState.RUNNING if step else JobState.DONE), job.error

    def archived(self) -> list[int]:
        """Return the ids in all files of the store, an id as often as it is there."""
        ids = []
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.name.endswith(".manifest.json"):
                with path.open("rb") as source:
                    ids += [event.id for event in read_events(source, ArchiveFormat.of(path.name))]
        return sorted(ids)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def machine(database: str, tmp_path: Path, settings: Any) -> Machine:
    folder = tmp_path / "archives"
    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        },
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "archives"}
    return Machine(database, folder)


def check_archived(machine: Machine, before: dict[int, Any], unfinished: EventLog) -> None:
    """Every finished event is in one file, the others are in the database, and nothing else is anywhere."""
    assert set(picture()) == {unfinished.pk}
    assert machine.archived() == sorted(set(before) - {unfinished.pk})
    catalogue = list(ArchiveFile.objects.all())
    assert {file.state for file in catalogue} == {ArchiveState.STORED}
    assert machine.files() == {name for f in catalogue for name in (f.path, f.manifest_path)}
    retention.restore_events(retention.Filter())
    assert picture() == before


@pytest.mark.parametrize("step", [*ARCHIVE_STEPS, *TWO_FILE_STEPS])
def test_an_archive_that_is_killed_at_a_step_is_finished_by_the_next_worker(
    machine: Machine, step: str
) -> None:
    varied_events(250)
    unfinished = an_event(days=10, status=EventStatus.RETRYING)
    before = picture()
    job = create_job(JobKind.ARCHIVE, requesting.archive_parameters(0))
    machine.run(job, step)
    stored = set(machine.archived()) if step != "during the upload" else set()
    assert set(picture()) | stored == set(before)
    machine.run(job)
    check_archived(machine, before, unfinished)


def test_an_archive_that_is_killed_at_one_step_after_the_other_is_finished_in_the_end(
    machine: Machine,
) -> None:
    varied_events(600)
    unfinished = an_event(days=10, status=EventStatus.PENDING)
    before = picture()
    job = create_job(JobKind.ARCHIVE, requesting.archive_parameters(0))
    # What an earlier run left is finished one file at a time, so only the first can have two in hand.
    steps = (TWO_FILE_STEPS[1], *ARCHIVE_STEPS)
    for step in steps:
        machine.run(job, step)
    machine.run(job)
    check_archived(machine, before, unfinished)
    job.refresh_from_db()
    assert job.losses == len(steps)


def test_a_cleanup_that_is_killed_between_batches_goes_on(machine: Machine) -> None:
    varied_events(200)
    unfinished = an_event(days=10, status=EventStatus.PROCESSING)
    job = create_job(JobKind.CLEANUP, requesting.cleanup_parameters(0))
    machine.run(job, "between cleanup batches")
    assert EventLog.objects.count() == 201 - 40
    machine.run(job)
    assert set(picture()) == {unfinished.pk}


def test_a_restore_that_is_killed_between_batches_goes_on(machine: Machine) -> None:
    varied_events(1500, days=(10,))
    before = picture()
    EventLog.objects.archive_events(0)
    job = create_job(JobKind.RESTORE, requesting.restore_parameters(retention.Filter()))
    machine.run(job, "between restore batches")
    part = picture()
    assert 0 < len(part) < len(before)
    machine.run(job)
    assert picture() == before
