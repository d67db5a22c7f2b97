"""Archive files and jobs move from state to state, each move once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from django_github_app.models import ArchiveFile, ArchiveState, JobKind, JobState, RetentionJob
from django_github_app.retention.records import Manifest

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

DAY = dt.date(2026, 3, 1)
HELD = {"first_id": 1, "last_id": 9, "count": 9, "size": 100, "text_size": 1000, "sha256": "0" * 64}


def manifest(path: str = "a.jsonl") -> Manifest:
    values: dict[str, Any] = HELD
    return Manifest(path=path, day=DAY, **values)


def planned(path: str = "a.jsonl") -> ArchiveFile:
    return ArchiveFile.objects.plan(storage="archives", path=path, day=DAY, first_id=1)


def test_a_file_is_written_verified_and_settled() -> None:
    file = planned()
    assert list(ArchiveFile.objects.unfinished()) == [file]
    assert not ArchiveFile.objects.readable().exists()
    file.record(manifest())
    assert (file.state, file.count, file.verified_at is None) == (ArchiveState.VERIFIED, 9, False)
    assert list(ArchiveFile.objects.readable()) == list(ArchiveFile.objects.unfinished()) == [file]
    file.settle()
    assert file.state == ArchiveState.STORED
    assert not ArchiveFile.objects.unfinished().exists()
    assert file.manifest_path == "a.jsonl.manifest.json"


def test_a_move_that_another_process_made_is_not_made_again() -> None:
    file = planned()
    other = ArchiveFile.objects.get()
    file.record(manifest())
    with pytest.raises(ArchiveFile.DoesNotExist, match="no longer in the state"):
        other.record(manifest())
    with pytest.raises(ArchiveFile.DoesNotExist):
        file.expire()  # its rows are still there


def test_a_stored_file_is_damaged_mended_and_expires_and_an_unfinished_one_keeps_its_state() -> None:
    file, _ = ArchiveFile.objects.adopt("archives", manifest())
    file.found_damaged("missing")
    assert (file.state, file.error) == (ArchiveState.DAMAGED, "missing")
    file.found_whole()
    assert (file.state, file.error) == (ArchiveState.STORED, "")
    file.expire()
    assert (file.state, file.expired_at is None) == (ArchiveState.EXPIRED, False)
    other = planned("b.jsonl")
    other.found_damaged("cut")
    assert (other.state, other.error) == (ArchiveState.WRITING, "cut")
    other.abandon("the store is gone")
    assert other.state == ArchiveState.DAMAGED


def test_a_file_is_adopted_once_for_each_store() -> None:
    first, created = ArchiveFile.objects.adopt("archives", manifest())
    again, twice = ArchiveFile.objects.adopt("archives", manifest())
    _, elsewhere = ArchiveFile.objects.adopt("copies", manifest())
    assert (again, created, twice, elsewhere) == (first, True, False, True)


def job(**values: Any) -> RetentionJob:
    return RetentionJob.objects.create(**{"kind": JobKind.CLEANUP, **values})


def test_a_job_has_one_runner_who_alone_may_speak_for_it() -> None:
    waiting = job()
    mine = RetentionJob.objects.claim(waiting.pk, "one")
    assert mine is not None
    assert RetentionJob.objects.claim(waiting.pk, "two") is None
    assert mine.beat(processed=5)
    RetentionJob.objects.filter(pk=waiting.pk).update(runner="two")
    assert not mine.beat(processed=6)
    assert not mine.finish()
    waiting.refresh_from_db()
    assert (waiting.processed, waiting.state) == (5, JobState.RUNNING)


def test_a_runner_ends_its_job_in_one_way() -> None:
    for end, state in (
        ("finish", JobState.DONE),
        ("stop", JobState.CANCELLED),
        ("hand_over", JobState.QUEUED),
    ):
        mine = RetentionJob.objects.claim(job().pk, "one")
        assert mine is not None
        assert getattr(mine, end)()
        assert RetentionJob.objects.get(pk=mine.pk).state == state
        RetentionJob.objects.all().delete()
    failing = RetentionJob.objects.claim(job().pk, "one")
    assert failing is not None
    assert failing.fail("StoreError: full")
    failing.refresh_from_db()
    assert (failing.state, failing.error, failing.is_final) == (JobState.FAILED, "StoreError: full", True)


def test_progress_is_a_share_of_what_there_is() -> None:
    assert job().percent is None
    assert job(kind=JobKind.VERIFY, total=200, processed=50).percent == 25
    assert job(kind=JobKind.RESTORE, total=10, processed=30).percent == 99  # it has not ended
    assert job(kind=JobKind.EXPIRE).rate is None


def test_a_job_that_has_ended_is_not_cancelled() -> None:
    assert job().request_cancel()
    assert not job(state=JobState.DONE, finished_at=timezone.now()).request_cancel()
