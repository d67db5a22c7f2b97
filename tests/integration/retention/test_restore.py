"""Restore is the exact inverse of archive, and doing it twice changes nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from django_github_app import retention
from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    EventStatus,
    HandlerRun,
    RetentionJob,
)
from django_github_app.models.retention import JobKind, create_job
from django_github_app.retention import Filter, NothingArchived, jobs, requesting
from django_github_app.retention.records import ArchiveDamaged
from django_github_app.retention.restore import IdsTaken, adopt, expire_file, expired_files, verify_file
from django_github_app.retention.stores import Store
from django_github_app.sql.restore import LEFT_OUT
from tests.support.retention import a_run, an_event, picture, varied_events

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_what_was_archived_comes_back_byte_for_byte(folder: Path, settings: Any, ending: str) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": f"{{date}}_{{id}}{ending}"}
    varied_events(400, large=2)
    before = picture()
    EventLog.objects.archive_events(0)
    assert picture() == {}
    assert retention.restore_events(Filter()) == (400, 0)
    assert picture() == before
    assert not EventLog.objects.filter(restored_at=None).exists()
    assert retention.restore_events(Filter()) == (0, 400)
    assert picture() == before


def test_new_events_get_new_ids_after_a_restore_into_an_empty_database(folder: Path) -> None:
    event = an_event(days=10)
    a_run(event)
    EventLog.objects.archive_events(7)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (EventLog, HandlerRun):
                cursor.execute(f"ALTER SEQUENCE {model._meta.db_table}_id_seq RESTART")
    retention.restore_events(Filter())
    another = an_event(days=1)
    assert another.pk > event.pk
    assert a_run(another).pk > 0
    if connection.vendor == "postgresql":
        # Deliveries that take ids while the sequence is moved, which nothing can lock, do not find it set back.
        assert another.pk > event.pk + LEFT_OUT


def test_chosen_events_come_back_alone(folder: Path) -> None:
    by_delivery = an_event(days=10, delivery="the-guid")
    by_repository = an_event(days=10, repository="octo/Hello")
    other = an_event(days=11, repository="octo/other")
    day = other.received_at.date()
    EventLog.objects.archive_events(7)
    assert retention.restore_events(Filter(deliveries=("the-guid",))) == (1, 0)
    assert set(picture()) == {by_delivery.pk}
    assert retention.restore_events(Filter(repositories=("octo/hello",))) == (1, 0)
    assert set(picture()) == {by_delivery.pk, by_repository.pk}
    assert retention.restore_events(Filter(since=day, until=day)) == (1, 0)
    assert set(picture()) == {by_delivery.pk, by_repository.pk, other.pk}


def test_one_file_comes_back(folder: Path) -> None:
    events = [an_event(days=day) for day in (9, 10)]
    EventLog.objects.archive_events(7)
    file = ArchiveFile.objects.get(first_id=events[1].pk)
    assert retention.restore_events(Filter(paths=(file.path,))) == (1, 0)
    assert set(picture()) == {events[1].pk}


def test_restored_events_are_not_processed_again_unless_asked(folder: Path) -> None:
    event = an_event(days=10)
    a_run(event)
    EventLog.objects.archive_events(7)
    retention.restore_events(Filter())
    row = EventLog.objects.get()
    assert row.status == EventStatus.DONE
    assert row.restored_at is not None
    row.delete()
    retention.restore_events(Filter(), reprocess=True)
    row = EventLog.objects.get()
    assert (row.status, row.restored_at is None, row.archive_id) == (EventStatus.PENDING, False, None)
    assert not HandlerRun.objects.exists()


def test_a_restored_event_is_kept_for_its_days_and_then_deleted_without_a_second_copy(folder: Path) -> None:
    event = an_event(days=10)
    EventLog.objects.archive_events(7)
    retention.restore_events(Filter())
    assert EventLog.objects.archive_events(7) == (0, [])
    EventLog.objects.update(restored_at=event.received_at)
    assert EventLog.objects.archive_events(7)[0] == 1
    assert picture() == {}
    assert ArchiveFile.objects.count() == 1


def test_an_event_that_github_delivered_again_stays_as_it_is(folder: Path) -> None:
    an_event(days=10, delivery="twice")
    EventLog.objects.archive_events(7)
    again = EventLog.objects.create(event="issues", delivery="twice", hook_id=1)
    assert retention.restore_events(Filter()) == (0, 1)
    assert set(picture()) == {again.pk}


def test_an_id_that_another_event_has_now_is_left_alone(folder: Path) -> None:
    event = an_event(days=10)
    EventLog.objects.archive_events(7)
    EventLog.objects.create(id=event.pk, event="push", delivery="other")
    with pytest.raises(IdsTaken, match="1 events were not restored"):
        jobs.run_here(create_job(JobKind.RESTORE, requesting.restore_parameters(Filter())))
    job = RetentionJob.objects.get(kind=JobKind.RESTORE)
    assert (job.result["restored"], job.result["taken"]) == (0, 1)
    assert EventLog.objects.get().event == "push"


def test_nothing_comes_out_of_a_damaged_file(folder: Path) -> None:
    varied_events(50, days=(10,))
    EventLog.objects.archive_events(0)
    for file in ArchiveFile.objects.all():
        data = bytearray((folder / file.path).read_bytes())
        data[-20] ^= 1
        (folder / file.path).write_bytes(bytes(data))
    with pytest.raises(ArchiveDamaged):
        retention.restore_events(Filter())
    assert picture() == {}


def test_no_archive_for_what_is_asked_is_an_error() -> None:
    with pytest.raises(NothingArchived):
        retention.restore_events(Filter(since=dt.date(2020, 1, 1)))


def test_search_finds_events_without_restoring_them(folder: Path) -> None:
    an_event(days=9, body=b'{"title":"Needle"}', sender="octocat", action="opened")
    an_event(days=10, body=b'{"title":"hay"}', event="push", status=EventStatus.DEAD)
    EventLog.objects.archive_events(0)

    def found(**options: Any) -> list[str | None]:
        return [event.event for _, event in retention.search(Filter(**options))]

    assert found(text="needle") == ["issues"]
    assert found(events=("issues.opened",)) == ["issues"]
    assert found(events=("push",)) == ["push"]
    assert found(statuses=("dead",)) == ["push"]
    assert found(senders=("OctoCat",)) == ["issues"]
    assert found(text="absent") == []
    assert len(list(retention.search(Filter(), limit=1))) == 1
    assert picture() == {}


def test_verify_tells_whole_damaged_and_missing_files_apart(folder: Path) -> None:
    for day in (9, 10, 11):
        an_event(days=day)
    EventLog.objects.archive_events(7)
    whole, altered, missing = ArchiveFile.objects.order_by("id")
    good = (folder / altered.path).read_bytes()
    (folder / altered.path).write_bytes(good[:-1])
    (folder / missing.path).unlink()
    (folder / whole.manifest_path).unlink()
    assert verify_file(whole) == ""
    assert (folder / whole.manifest_path).exists()
    assert altered.path in verify_file(altered)
    assert "missing" in verify_file(missing)
    states = dict(ArchiveFile.objects.values_list("pk", "state"))
    assert states == {
        whole.pk: ArchiveState.STORED,
        altered.pk: ArchiveState.DAMAGED,
        missing.pk: ArchiveState.DAMAGED,
    }
    (folder / altered.path).write_bytes(good)
    altered.refresh_from_db()
    assert verify_file(altered) == ""
    assert ArchiveFile.objects.get(pk=altered.pk).state == ArchiveState.STORED


def test_archives_expire_by_policy_and_their_rows_say_so(folder: Path, caplog: Any) -> None:
    old, young = an_event(days=20), an_event(days=10)
    EventLog.objects.archive_events(7)
    assert expired_files(None) == []
    (file,) = expired_files(15)
    expire_file(file)
    assert file.first_id == old.pk
    assert not (folder / file.path).exists()
    assert not (folder / file.manifest_path).exists()
    assert ArchiveFile.objects.get(pk=file.pk).state == ArchiveState.EXPIRED
    assert "expired" in caplog.text
    assert retention.restore_events(Filter()) == (1, 0)
    assert set(picture()) == {young.pk}


def test_a_kept_event_whose_archive_expired_is_archived_again(folder: Path) -> None:
    an_event(days=20)
    EventLog.objects.archive_events(7, delete_after_archive=False)
    (file,) = expired_files(15)
    expire_file(file)
    assert EventLog.objects.archive_events(7)[0] == 1
    assert picture() == {}
    assert ArchiveFile.objects.readable().count() == 1


def test_a_new_database_learns_its_archives_from_their_manifests(folder: Path) -> None:
    varied_events(60)
    before = picture()
    EventLog.objects.archive_events(0)
    ArchiveFile.objects.all().delete()
    store = Store.resolve("archives")
    (folder / "github_events" / "broken.manifest.json").write_text("{")
    adopted = list(adopt(store, "github_events"))
    assert len(adopted) == ArchiveFile.objects.count() > 0
    assert list(adopt(store, "github_events")) == []
    assert retention.restore_events(Filter()) == (60, 0)
    assert picture() == before


def test_every_column_is_in_the_format() -> None:
    from django_github_app.retention.records import ArchivedEvent, ArchivedRun

    columns = {field.name for field in EventLog._meta.concrete_fields}
    in_flight = {"claimed_in", "priority"}  # what is finished has no use for them
    assert columns - set(ArchivedEvent.__struct_fields__) == {"body", "archive", "traceparent"} | in_flight
    assert {f.name for f in HandlerRun._meta.concrete_fields} - set(ArchivedRun.__struct_fields__) == {
        "event"
    }
