"""What an archive store may do to us: archives that are forged, damaged or half restored, and no store at all."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from click.testing import CliRunner
from django.core.exceptions import ImproperlyConfigured

from django_github_app import retention
from django_github_app.checks import check_edge
from django_github_app.cli.retention import archives as archives_command
from django_github_app.cli.retention import restore as restore_command
from django_github_app.models import ArchiveFile, ArchiveState, EventLog, EventStatus, JobState, RetentionJob
from django_github_app.models.retention import JobKind, create_job
from django_github_app.retention import Filter, jobs, requesting
from django_github_app.retention.records import ArchiveDamaged, Manifest
from django_github_app.retention.restore import adopt, restore_file
from django_github_app.retention.signing import signed
from django_github_app.retention.stores import Store
from tests.support.retention import a_run, an_event, picture

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def archived(days: float = 10, **values: Any) -> ArchiveFile:
    event = an_event(days=days, **values)
    a_run(event)
    EventLog.objects.archive_events(0)
    return ArchiveFile.objects.order_by("-id")[0]


def rewrite(folder: Path, file: ArchiveFile, change: Any, *, key: str | None = None) -> Manifest:
    """Write a file anew with its events changed, and a manifest that agrees with it, as a forger would."""
    path = folder / file.path
    lines = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=10**7).splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        change(event)
    return forged(
        folder, file, b"".join(json.dumps(event).encode() + b"\n" for event in events), events, key=key
    )


def forged(
    folder: Path, file: ArchiveFile, text: bytes, events: list[Any], *, key: str | None = None, **values: Any
) -> Manifest:
    import hashlib

    data = zstandard.ZstdCompressor().compress(text)
    (folder / file.path).write_bytes(data)
    manifest = Manifest(
        path=file.path,
        day=file.day,
        first_id=events[0]["id"],
        last_id=events[-1]["id"],
        count=len(events),
        size=len(data),
        text_size=len(text),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    manifest = msgspec.structs.replace(manifest, **values)
    (folder / file.manifest_path).write_bytes(manifest.to_json())
    return manifest


def known_as(file: ArchiveFile, manifest: Manifest) -> ArchiveFile:
    """Let the database know the file as the manifest describes it."""
    names = ("first_id", "last_id", "count", "size", "text_size", "sha256")
    ArchiveFile.objects.filter(pk=file.pk).update(**{name: getattr(manifest, name) for name in names})
    file.refresh_from_db()
    return file


# Manifests are signed


def adopted(**options: Any) -> tuple[list[str], list[str]]:
    ArchiveFile.objects.all().delete()
    refused: list[str] = []
    files = list(
        adopt(Store.resolve(), "github_events", refuse=lambda path, reason: refused.append(reason), **options)
    )
    return [file.path for file in files], refused


def test_what_nobody_of_ours_signed_is_adopted_only_on_purpose(folder: Path, settings: Any) -> None:
    file = archived()
    path = folder / file.manifest_path
    assert adopted() == ([file.path], [])
    manifest = Manifest.from_json(path.read_bytes())
    path.write_bytes(manifest.unsigned().to_json())
    found, (reason,) = adopted()
    assert (found, "not signed" in reason) == ([], True)
    assert adopted(unsigned=True) == ([file.path], [])
    path.write_bytes(msgspec.structs.replace(manifest, count=2).to_json())
    found, (reason,) = adopted()
    assert (found, "does not have" in reason) == ([], True)


def test_the_command_says_what_it_cannot_prove_and_fails(folder: Path) -> None:
    file = archived()
    path = folder / file.manifest_path
    path.write_bytes(Manifest.from_json(path.read_bytes()).unsigned().to_json())
    ArchiveFile.objects.all().delete()
    result = CliRunner().invoke(archives_command, ["adopt"])
    assert (result.exit_code, "left alone" in result.output) == (1, True)
    result = CliRunner().invoke(archives_command, ["adopt", "--unsigned"])
    assert (result.exit_code, "nothing proves" in result.output) == (0, True)


@pytest.mark.parametrize(
    "values",
    [
        {"first_id": 2**62, "last_id": 2**62},
        {"first_id": 0},
        {"first_id": 5, "last_id": 4},
        {"count": 10**9},
        {"count": 0},
        {"text_size": 2**60},
        {"size": 2**60},
        {"size": -1},
    ],
)
def test_a_manifest_that_cannot_be_ours_is_left_alone_whoever_signed_it(folder: Path, values: Any) -> None:
    file = archived()
    path = folder / file.manifest_path
    manifest = Manifest.from_json(path.read_bytes()).unsigned()
    path.write_bytes(signed(msgspec.structs.replace(manifest, **values)).to_json())
    found, (reason,) = adopted(unsigned=True)
    assert (found, "speaks of" in reason) == ([], True)


# What they hold is bounded, and checked


@pytest.mark.parametrize("lines", [1, 5_000_000])
def test_a_few_kilobytes_do_not_become_gigabytes(folder: Path, lines: int) -> None:
    file = archived()
    text = b'{"id":1,"x":"' + b"a" * 500_000_000 if lines == 1 else b"{}\n" * lines * 20
    manifest = forged(folder, file, text, [{"id": file.first_id}], text_size=5000)
    assert (folder / file.path).stat().st_size < 100_000
    del text
    known_as(file, manifest)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveDamaged, match="more than"):
            restore_file(file, Filter())
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("wrong", [0, -1, 2**62, 2**63 - 1])
@pytest.mark.parametrize("of", ["event", "run"])
def test_an_id_that_was_never_given_out_does_not_move_the_sequence(folder: Path, of: str, wrong: int) -> None:
    file = archived()

    def change(event: Any) -> None:
        (event if of == "event" else event["runs"][0])["id"] = wrong

    known_as(file, rewrite(folder, file, change))
    with pytest.raises(ArchiveDamaged):
        restore_file(file, Filter())
    assert not EventLog.objects.exists()
    another = an_event()
    assert another.pk < 2**40
    assert a_run(another).pk < 2**40


@pytest.mark.parametrize(
    "change",
    [
        {"status": "frozen"},
        {"status": "pending"},
        {"attempts": 2**63},
        {"event": "e" * 10_000},
        {"finished_at": "2026-01-01T00:00:00"},
        {"runs": [{"id": 1, "handler": "h", "status": "frozen", "started_at": "2026-01-01T00:00:00Z"}]},
        {
            "runs": [
                {
                    "id": 1,
                    "kind": "odd",
                    "handler": "h",
                    "status": "dead",
                    "started_at": "2026-01-01T00:00:00Z",
                }
            ]
        },
        {"payload": None, "body_base64": "%%%"},
    ],
)
def test_what_cannot_be_a_row_is_a_damaged_archive_and_no_crash(folder: Path, change: dict[str, Any]) -> None:
    file = archived()

    def apply(event: Any) -> None:
        event.update(change)
        if "body_base64" in change:
            del event["payload"]

    known_as(file, rewrite(folder, file, apply))
    with pytest.raises(ArchiveDamaged):
        restore_file(file, Filter())
    file.refresh_from_db()
    assert file.state == ArchiveState.DAMAGED
    assert not EventLog.objects.exists()


# Partial success is no success


def restore_job(**options: Any) -> Any:
    return create_job(JobKind.RESTORE, requesting.restore_parameters(Filter(), **options))


def test_a_restore_of_everything_says_what_is_missing_and_fails(folder: Path) -> None:
    whole, lost, known = archived(10, delivery="whole"), archived(11), archived(12)
    (folder / lost.path).unlink()
    known.found_damaged("altered")
    with pytest.raises(ArchiveDamaged, match="2 archives are damaged"):
        retention.restore_events(Filter())
    assert list(EventLog.objects.values_list("delivery", flat=True)) == ["whole"]
    (job,) = (job for job in RetentionJob.objects.filter(kind="restore"))
    assert (job.state, sorted(job.result["damaged"])) == (
        JobState.FAILED,
        sorted([lost.path, known.path]),
    )
    assert "2 archives are damaged" in job.error
    result = CliRunner().invoke(restore_command, ["--all"])
    assert result.exit_code == 1
    assert lost.path in result.output
    assert whole.path not in result.output
    result = CliRunner().invoke(restore_command, ["--all", "--dry-run"])
    assert (result.exit_code, known.path in result.output) == (1, True)
    result = CliRunner().invoke(archives_command, ["search"])
    assert (result.exit_code, known.path in result.output) == (1, True)


def test_when_all_are_damaged_it_does_not_say_that_there_are_none(folder: Path) -> None:
    archived().found_damaged("altered")
    with pytest.raises(ArchiveDamaged, match="1 archives are damaged"):
        retention.restore_events(Filter())


@pytest.mark.parametrize("again", ["the same job", "another job"])
def test_reprocessing_goes_on_where_a_crash_ended_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    archived()
    before = picture()
    assert before == {}

    class Crash(BaseException):
        pass

    def crash(*given: Any, **named: Any) -> None:
        raise Crash

    from django_github_app.maintenance import publishing

    job = restore_job(reprocess=True)
    monkeypatch.setattr(publishing, "replay", crash)
    with pytest.raises(Crash):
        jobs.run(job.pk)
    assert EventLog.objects.get().status == EventStatus.DONE
    monkeypatch.undo()
    monkeypatch.setattr(publishing, "publish_or_leave", list)
    if again == "another job":
        RetentionJob.objects.all().delete()
        job = restore_job(reprocess=True)
    jobs.run(job.pk)
    assert EventLog.objects.get().status == EventStatus.PENDING
    assert RetentionJob.objects.get(kind="restore").result["reprocessed"] == 1
    # What was run since is not run again.
    EventLog.objects.update(status=EventStatus.DONE, finished_at=dt.datetime.now(dt.UTC))
    retention.restore_events(Filter(), reprocess=True)
    assert EventLog.objects.get().status == EventStatus.DONE


# No archive without a store


@pytest.mark.parametrize("storage", ["", None])
def test_nothing_is_archived_before_a_store_was_named(settings: Any, storage: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": storage, "RETENTION_ACTION": "archive"}
    an_event()
    with pytest.raises(ImproperlyConfigured, match="ARCHIVE_STORAGE"):
        EventLog.objects.archive_events(0)
    job = create_job(JobKind.ARCHIVE, requesting.archive_parameters(0))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, "ARCHIVE_STORAGE" in job.error) == (JobState.FAILED, True)
    assert EventLog.objects.count() == 1
    assert list(tmp_path.iterdir()) == []
    assert "django_github_app.E010" in [found.id for found in check_edge()]


def test_the_working_directory_is_no_store(settings: Any, folder: Path) -> None:
    def found(**values: Any) -> list[str]:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}
        return [str(message.id).removeprefix("django_github_app.") for message in check_edge()]

    settings.MEDIA_ROOT = ""
    assert found(ARCHIVE_STORAGE="default", RETENTION_ACTION="archive") == ["E010"]
    assert found(ARCHIVE_STORAGE="default", RETENTION_ACTION="delete") == []
    assert found(ARCHIVE_STORAGE="archives", RETENTION_ACTION="archive") == []
    assert found(MAX_BYTES_IN_FLIGHT=1000) == ["E011"]
