"""Archive: nothing is deleted before it is safely elsewhere, and then exactly what was archived."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

from django_github_app import retention
from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    EventStatus,
    HandlerRun,
    JobState,
    RetentionJob,
)
from django_github_app.retention import settling
from django_github_app.retention.archive import Plan, archive_due
from django_github_app.retention.format import read_events
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.progress import JobStopped, Progress
from django_github_app.retention.records import ArchiveDamaged, ArchiveFormat
from django_github_app.retention.stores import Store, StoreError
from django_github_app.sql import claims as moves
from tests.support.retention import FaultyStorage, RenamingStorage, a_run, an_event, picture, varied_events

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def archived_ids(folder: Path) -> list[int]:
    """Return the ids in all archive files of a folder, an id as often as it is there."""
    ids = []
    for name in files_in(folder):
        if not name.endswith(".manifest.json"):
            with (folder / name).open("rb") as source:
                ids += [event.id for event in read_events(source, ArchiveFormat.of(name))]
    return sorted(ids)


def test_old_events_move_into_a_file_of_their_day(folder: Path) -> None:
    event = an_event(days=10, body=b'{"action": "opened"}')
    a_run(event)
    young = an_event(days=1)
    path = f"github_events/events_{event.received_at:%Y-%m-%d}_{event.pk}.jsonl.zst"
    assert EventLog.objects.archive_events(7) == (1, [path])
    assert set(picture()) == {young.pk}
    assert files_in(folder) == [path, f"{path}.manifest.json"]
    with (folder / path).open("rb") as source:
        (archived,) = read_events(source, ArchiveFormat.JSONL_ZST)
    assert (archived.id, archived.body, archived.runs[0].handler) == (
        event.pk,
        b'{"action": "opened"}',
        "app.handlers.label",
    )
    file = ArchiveFile.objects.get()
    assert (file.state, file.count, file.storage, file.day) == (
        ArchiveState.STORED,
        1,
        "archives",
        event.received_at.date(),
    )
    manifest = json.loads((folder / f"{path}.manifest.json").read_text())
    assert (manifest["sha256"], manifest["count"], manifest["path"]) == (file.sha256, 1, path)


def test_the_async_twin_does_the_same(folder: Path) -> None:
    an_event(days=10)
    count, files = async_to_sync(EventLog.objects.aarchive_events)(7)
    assert (count, len(files)) == (1, 1)
    assert async_to_sync(EventLog.objects.aarchive_events)(7) == (0, [])


def test_each_event_is_in_one_file_grouped_by_day_and_split_by_size(folder: Path, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_MAX_FILE_BYTES": 20_000}
    varied_events(300)
    unfinished = an_event(days=10, status=EventStatus.RETRYING)
    before = set(picture())
    count, files = EventLog.objects.archive_events(0)
    assert set(picture()) == {unfinished.pk}
    assert archived_ids(folder) == sorted(before - {unfinished.pk})
    assert count == len(before) - 1
    assert len(set(files)) == len(files) > 10
    for file in ArchiveFile.objects.all():
        with (folder / file.path).open("rb") as source:
            assert {e.received_at.date() for e in read_events(source, ArchiveFormat.JSONL_ZST)} == {file.day}


@pytest.mark.parametrize("ending", ArchiveFormat)
def test_the_ending_of_the_template_chooses_the_format(folder: Path, settings: Any, ending: str) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": f"{{date}}/{{id}}{ending}"}
    event = an_event(days=10)
    _, files = EventLog.objects.archive_events(7)
    assert files == [f"github_events/{event.received_at:%Y-%m-%d}/{event.pk}{ending}"]
    assert archived_ids(folder) == [event.pk]


def test_place_and_storage_may_be_given(folder: Path, tmp_path: Path) -> None:
    event = an_event(days=10)
    storage = FileSystemStorage(location=tmp_path / "elsewhere")
    _, (path,) = EventLog.objects.archive_events(7, storage=storage, location="a/b")
    assert path.startswith("a/b/events_")
    assert archived_ids(tmp_path / "elsewhere") == [event.pk]
    assert not folder.exists()


def test_rows_may_stay_and_are_not_archived_twice(folder: Path) -> None:
    event = an_event(days=10)
    before = picture()
    count, (path,) = EventLog.objects.archive_events(7, delete_after_archive=False)
    assert (count, picture()) == (1, before)
    assert EventLog.objects.archive_events(7, delete_after_archive=False) == (0, [])
    assert EventLog.objects.archive_events(7) == (1, [path])
    assert picture() == {}
    assert archived_ids(folder) == [event.pk]


def test_an_event_that_ran_again_after_it_was_archived_is_archived_again(folder: Path) -> None:
    event = an_event(days=10)
    _, (first,) = EventLog.objects.archive_events(7, delete_after_archive=False)
    assert moves.replay([event.pk])
    (claimed,) = moves.claim([event.pk], lease=60)
    moves.finish([moves.EventOutcome(event.pk, claimed.attempt, EventStatus.DEAD)])
    _, (second,) = EventLog.objects.archive_events({"dead": 7})
    assert second == first.replace(".jsonl", ".2.jsonl")
    assert picture() == {}
    assert archived_ids(folder) == [event.pk, event.pk]


def test_a_row_that_changes_between_its_archive_and_its_deletion_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, same = an_event(days=10), an_event(days=10)
    original = settling._batches

    def replayed_meanwhile(stamps: Any) -> Any:
        EventLog.objects.filter(pk=changed.pk).update(attempts=1)
        return original(stamps)

    monkeypatch.setattr(settling, "_batches", replayed_meanwhile)
    EventLog.objects.archive_events(7)
    assert set(picture()) == {changed.pk}
    monkeypatch.undo()
    EventLog.objects.archive_events(7)
    assert picture() == {}
    assert archived_ids(folder) == [changed.pk, changed.pk, same.pk]


@pytest.mark.parametrize(
    "fault", ["truncated", "altered", "emptied", "another", "lost", "refused", "manifest"]
)
def test_an_upload_that_is_damaged_on_its_way_deletes_nothing_and_says_why(fault: str) -> None:
    varied_events(30)
    before = picture()
    storage = FaultyStorage()
    storage.fault = fault
    with pytest.raises((ArchiveDamaged, StoreError)) as caught:
        EventLog.objects.archive_events(0, storage=storage)
    assert picture() == before
    job = RetentionJob.objects.get()
    assert job.state == JobState.FAILED
    assert str(caught.value) in job.error
    files = list(ArchiveFile.objects.all())
    assert {file.state for file in files} == {ArchiveState.WRITING}
    assert [file.path in file.error for file in files if file.error] == [True]

    storage.fault = ""
    EventLog.objects.archive_events(0, storage=storage)
    assert picture() == {}
    read = [
        event.id
        for path in ArchiveFile.objects.values_list("path", flat=True)
        for event in read_events(io.BytesIO(storage.open(path).read()), ArchiveFormat.JSONL_ZST)
    ]
    assert sorted(read) == sorted(before)


def test_a_store_that_gives_files_other_names_is_refused(tmp_path: Path) -> None:
    an_event(days=10)
    before = picture()
    storage = RenamingStorage(location=tmp_path)
    with pytest.raises(StoreError, match="does not overwrite"):
        EventLog.objects.archive_events(7, storage=storage)
    assert picture() == before
    assert files_in(tmp_path) == []


def test_a_file_that_somebody_else_put_there_is_not_overwritten(folder: Path) -> None:
    event = an_event(days=10)
    theirs = folder / f"github_events/events_{event.received_at:%Y-%m-%d}_{event.pk}.jsonl.zst"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    _, (path,) = EventLog.objects.archive_events(7)
    assert theirs.read_bytes() == b"theirs"
    assert path.endswith(".2.jsonl.zst")


def test_a_half_written_file_is_written_again_under_its_name(folder: Path) -> None:
    event = an_event(days=10)
    path = f"github_events/events_{event.received_at:%Y-%m-%d}_{event.pk}.jsonl.zst"
    (folder / "github_events").mkdir(parents=True)
    (folder / path).write_bytes(b"half")
    ArchiveFile.objects.create(storage="archives", path=path, day=event.received_at.date(), first_id=event.pk)
    assert EventLog.objects.archive_events(7) == (1, [path])
    assert archived_ids(folder) == [event.pk]


def test_a_half_written_file_without_rows_goes(folder: Path) -> None:
    (folder / "github_events").mkdir(parents=True)
    (folder / "github_events/x_1.jsonl").write_bytes(b"half")
    ArchiveFile.objects.create(
        storage="archives", path="github_events/x_1.jsonl", day="2026-01-01", first_id=1
    )
    assert EventLog.objects.archive_events(7) == (0, [])
    assert (files_in(folder), ArchiveFile.objects.count()) == ([], 0)


def test_an_unfinished_file_whose_store_is_gone_does_not_stop_the_others(folder: Path) -> None:
    event = an_event(days=10)
    lost = ArchiveFile.objects.create(storage="gone", path="x_1.jsonl", day="2026-01-01", first_id=event.pk)
    assert EventLog.objects.archive_events(7)[0] == 1
    lost.refresh_from_db()
    assert lost.state == ArchiveState.DAMAGED
    assert "gone" in lost.error


def test_rows_whose_archive_was_damaged_since_go_into_another_one(folder: Path) -> None:
    event = an_event(days=10)
    _, (path,) = EventLog.objects.archive_events(7, delete_after_archive=False)
    (folder / path).write_bytes(b"")
    _, (again,) = EventLog.objects.archive_events(7)
    assert again != path
    assert picture() == {}
    assert ArchiveFile.objects.get(path=path).state == ArchiveState.DAMAGED
    (folder / path).unlink()
    assert archived_ids(folder) == [event.pk]


def test_a_body_that_is_damaged_in_the_database_is_kept_as_it_is(folder: Path) -> None:
    event = an_event(days=10)
    EventLog.objects.filter(pk=event.pk).update(body=b"no frame")
    _, (path,) = EventLog.objects.archive_events(7)
    with (folder / path).open("rb") as source:
        (archived,) = read_events(source, ArchiveFormat.JSONL_ZST)
    assert (archived.frame, archived.body) == (b"no frame", None)
    retention.restore_events(retention.Filter())
    assert bytes(EventLog.objects.get().body or b"") == b"no frame"


@pytest.mark.parametrize("storage", ["nowhere", "no.such.Storage"])
def test_a_storage_that_does_not_exist_is_named(storage: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=storage):
        EventLog.objects.archive_events(7, storage=storage)


def test_a_template_without_an_id_writes_nothing(folder: Path, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": "events_{date}.jsonl"}
    an_event(days=10)
    with pytest.raises(ValueError, match="must contain"):
        EventLog.objects.archive_events(7)
    assert not folder.exists()


def test_whoever_stops_early_gets_the_files_that_were_begun_ended_and_the_rest_later(folder: Path) -> None:
    days = [9, 10, 11]
    ids = [an_event(days=day).pk for day in days]
    store = Store.resolve("archives")
    plan = Plan(store, Cutoffs.from_days(7), "x", "{id}.jsonl")
    steps = archive_due(plan, Progress())
    assert next(steps).first_id == ids[0]
    steps.close()
    assert {file.state for file in ArchiveFile.objects.all()} == {ArchiveState.STORED}
    assert len(picture()) == 3 - ArchiveFile.objects.count()
    list(archive_due(plan, Progress()))
    assert picture() == {}
    assert archived_ids(folder) == ids


def test_events_whose_ids_lie_far_apart_are_compared_and_deleted_too(folder: Path) -> None:
    moment = an_event(days=10).received_at
    far = an_event(id=2**40, received_at=moment)
    changed = an_event(id=2**50, received_at=moment)
    a_run(far)
    steps = archive_due(
        Plan(Store.resolve("archives"), Cutoffs.from_days(7), "x", "{id}.jsonl"), Replaying(changed.pk)
    )
    (file,) = steps
    assert file.count == 3
    assert set(picture()) == {changed.pk}
    assert HandlerRun.objects.count() == 0


class Replaying(Progress):
    """Changes a row while its file is made."""

    def __init__(self, pk: int) -> None:
        self.pk = pk

    def step(self, done: int = 0, **notes: object) -> None:
        EventLog.objects.filter(pk=self.pk).update(attempts=7)


class Stopping(Progress):
    """Ends the work at the first step after some events were dealt with."""

    def __init__(self, after: int) -> None:
        self.left = after

    def step(self, done: int = 0, **notes: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise JobStopped


@pytest.mark.parametrize("after", [0, 1, 2, 4, 8, 16])
def test_work_that_is_stopped_leaves_no_thread_behind_and_is_finished_by_the_next_run(
    folder: Path, settings: Any, after: int
) -> None:
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ARCHIVE_MAX_FILE_BYTES": 50_000,
        "RETENTION_BATCH_SIZE": 20,
    }
    varied_events(300)
    before = set(picture())
    plan = Plan(Store.resolve("archives"), Cutoffs.from_days(0), "x", "{id}.jsonl")
    with pytest.raises(JobStopped):
        list(archive_due(plan, Stopping(after)))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("archive-")] == []
    list(archive_due(plan, Progress()))
    assert picture() == {}
    assert archived_ids(folder) == sorted(before)
