"""Archives that somebody forged, or a store damaged: all of a file comes back, or it is said what does not.

Forged ones agree with what the database knows of them, as after ``adopt --unsigned``: no hash gives them away.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from click.testing import CliRunner
from django.db import connection

from django_github_app import retention
from django_github_app.cli.retention import archives as archives_command
from django_github_app.cli.retention import restore as restore_command
from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    HandlerRun,
    JobState,
    RetentionJob,
    RunStatus,
)
from django_github_app.models.retention import JobKind, create_job
from django_github_app.process.clock import as_aware
from django_github_app.retention import Filter, jobs, requesting, search
from django_github_app.retention.records import ArchiveDamaged, ArchivedEvent, Manifest
from django_github_app.retention.restore import adopt, restore_file
from django_github_app.retention.signing import signed
from django_github_app.retention.stores import Store
from tests.support.forged_archives import BOMB, mutated_bytes, mutated_events, write_events
from tests.support.retention import a_run, an_event, picture, varied_events

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

FILES = int(os.environ.get("FUZZ_ARCHIVES", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "15"))


def archived(**values: Any) -> ArchiveFile:
    a_run(an_event(**values))
    EventLog.objects.archive_events(0)
    return ArchiveFile.objects.order_by("-id")[0]


def events_of(folder: Path, file: ArchiveFile) -> list[dict[str, Any]]:
    text = zstandard.ZstdDecompressor().stream_reader((folder / file.path).read_bytes()).read()
    return [json.loads(line) for line in text.splitlines()]


def test_a_forged_archive_comes_back_whole_or_is_damaged(folder: Path) -> None:
    chance = random.Random(SEED)
    for body in (b'{"action":"opened"}', b"payload=%7B%7D", b"\xff", b'{"line":\n1}', None):
        event = an_event(
            body=body, action="opened", repository="octo/hello", sender="octocat", number=4, lane=-5
        )
        a_run(event)
        a_run(
            event, handler="app.handlers.told", kind="command", position=7, error="no", status=RunStatus.DEAD
        )
    EventLog.objects.filter(body=None).update(legacy_payload={"action": "opened"})
    EventLog.objects.archive_events(0)
    file = ArchiveFile.objects.get()
    events = events_of(folder, file)
    assert len(events) == 5
    outcomes, longest = {"restored": 0, "damaged": 0}, 0
    for _ in range(FILES):
        changed = mutated_events(events, chance)
        write_events(folder, file, changed)
        file.found_whole()
        try:
            result = restore_file(file, Filter())
        except ArchiveDamaged as error:
            outcomes["damaged"] += 1
            longest = max(longest, len(str(error)))
            assert not EventLog.objects.exists()
            assert not HandlerRun.objects.exists()
            continue
        outcomes["restored"] += 1
        assert result.restored + result.present + len(result.taken) == len(changed)
        rows = {row.pk: row for row in EventLog.objects.all()}
        assert len(rows) == result.restored
        for one in changed:
            if one["id"] in rows:
                assert_same(rows[one["id"]], msgspec.json.decode(json.dumps(one), type=ArchivedEvent))
        EventLog.objects.all().delete()
        HandlerRun.objects.all().delete()
    assert min(outcomes.values()) > FILES / 20
    assert longest < 1000


def assert_same(row: EventLog, event: ArchivedEvent) -> None:
    for name in ("event", "delivery", "hook_id", "repository", "sender", "number", "lane", "attempts"):
        assert getattr(row, name) == getattr(event, name)
    assert as_aware(row.received_at) == event.received_at
    runs = sorted(HandlerRun.objects.filter(event_id=row.pk).values_list("handler", "position", "attempts"))
    assert runs == sorted((run.handler, run.position, run.attempts) for run in event.runs)


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_nothing_comes_out_of_a_file_that_was_damaged_anywhere(
    folder: Path, settings: Any, ending: str
) -> None:
    chance = random.Random(SEED)
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": "{id}" + ending}
    varied_events(8, days=(10,), seed=SEED)
    EventLog.objects.archive_events(0)
    file = ArchiveFile.objects.order_by("-count")[0]
    path = folder / file.path
    whole = path.read_bytes()
    for _ in range(FILES // 6):
        path.write_bytes(mutated_bytes(whole, chance))
        with pytest.raises(ArchiveDamaged):
            restore_file(file, Filter())
        assert not EventLog.objects.exists()
        file.found_whole()
    path.write_bytes(whole)
    assert restore_file(file, Filter()).restored == file.count


def test_a_mutated_manifest_is_adopted_as_it_was_or_left_alone(folder: Path) -> None:
    chance = random.Random(SEED)
    file = archived()
    path = folder / file.manifest_path
    whole = path.read_bytes()
    values = {
        name: getattr(file, name) for name in ("path", "first_id", "last_id", "count", "size", "sha256")
    }
    for number in range(FILES):
        ArchiveFile.objects.all().delete()
        path.write_bytes(mutated_bytes(whole, chance))
        refused: list[str] = []
        found = list(
            adopt(
                Store.resolve(),
                "github_events",
                unsigned=number % 2 == 0,
                refuse=lambda path, reason, refused=refused: refused.append(reason),  # type: ignore[misc]
            )
        )
        assert len(found) + len(refused) == 1
        if found and number % 2:
            assert {name: getattr(found[0], name) for name in values} == values
        for one in found:
            try:
                restore_file(one, Filter())
            except ArchiveDamaged:
                assert not EventLog.objects.exists()
            EventLog.objects.all().delete()
            HandlerRun.objects.all().delete()


@pytest.mark.parametrize(
    "values",
    [{"path": "github_events/x.txt"}, {"sha256": "x" * 65}, {"sha256": "\x00" * 64}, {"sha256": ""}],
)
def test_a_manifest_that_no_row_can_hold_is_left_alone_whoever_signed_it(folder: Path, values: Any) -> None:
    file = archived()
    manifest = Manifest.from_json((folder / file.manifest_path).read_bytes()).unsigned()
    manifest = msgspec.structs.replace(manifest, **values)
    (folder / file.manifest_path).unlink()
    (folder / f"{manifest.path}.manifest.json").write_bytes(signed(manifest).to_json())
    ArchiveFile.objects.all().delete()
    refused: list[str] = []
    assert not list(adopt(Store.resolve(), "", refuse=lambda path, reason: refused.append(reason)))
    assert "speaks of" in refused[0]


@pytest.mark.parametrize(
    "change",
    [
        {"received_at": "2026-01-01T00:00:00"},
        {"hook_id": 2**63},
        {"number": 10**30},
        {"delivery": "\x00"},
        {"received_at": "0001-01-01T00:00:00+23:59"},
        {"finished_at": "9999-12-31T23:59:59-23:59"},
        {"payload": None, "frame_base64": BOMB},
        {"payload": None, "legacy_text": '{"a":'},
        {"payload": None, "body_text": "\ud800"},
    ],
)
def test_a_value_that_no_row_can_hold_is_damage_and_said_in_few_words(
    folder: Path, change: dict[str, Any]
) -> None:
    if change.get("delivery") == "\x00" and connection.vendor != "postgresql":
        pytest.skip("a row of SQLite's can hold it: unset DATABASE_URL")
    file = archived()
    (event,) = events_of(folder, file)
    event.update(change)
    if event["payload"] is None:
        del event["payload"]
    write_events(folder, file, [event])
    with pytest.raises(ArchiveDamaged) as caught:
        restore_file(file, Filter())
    assert len(str(caught.value)) < 500
    assert not EventLog.objects.exists()


def test_a_search_for_text_in_a_body_that_cannot_be_decoded_says_so(folder: Path) -> None:
    file = archived()
    (event,) = events_of(folder, file)
    del event["payload"]
    write_events(folder, file, [{**event, "body_base64": "%%%"}])
    with pytest.raises(ArchiveDamaged, match="cannot be decoded"):
        list(search(Filter(text="no such text")))


@pytest.mark.parametrize("field", ["status", "kind"])
def test_a_long_value_is_not_repeated_in_full(folder: Path, field: str) -> None:
    file = archived()
    (event,) = events_of(folder, file)
    event["runs"][0][field] = "x" * 1_000_000 if field == "status" else "x" * 8
    write_events(folder, file, [event])
    with pytest.raises(ArchiveDamaged) as caught:
        restore_file(file, Filter())
    assert len(str(caught.value)) < 500


# What changes while it is restored


class Changing:
    """Opens files of a store, and does something before the ``at``-th time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, change: Any, *, undo: Any = None) -> None:
        self.opened = 0
        original = Store.open

        def opening(store: Store, name: str) -> Any:
            self.opened += 1
            if self.opened == at:
                change()
            elif undo is not None:
                undo()
            return original(store, name)

        monkeypatch.setattr(Store, "open", opening)


def test_what_is_swapped_after_its_verification_is_not_restored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = archived(delivery="ours")
    (event,) = events_of(folder, file)
    path = folder / file.path

    def swap() -> None:
        text = json.dumps({**event, "delivery": "evil"}).encode() + b"\n"
        path.write_bytes(zstandard.ZstdCompressor().compress(text.replace(b": ", b":").replace(b", ", b",")))

    Changing(monkeypatch, 2, swap)
    with pytest.raises(ArchiveDamaged):
        restore_file(file, Filter())
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("wrong", ["altered", "cut short", "empty"])
def test_one_wrong_read_while_it_is_restored_is_no_verdict_and_loses_nothing(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": "{id}.jsonl"}
    varied_events(1200, days=(10,))
    before = picture()
    EventLog.objects.archive_events(0)
    file = ArchiveFile.objects.order_by("-count")[0]
    held = {pk: row for pk, row in before.items() if file.first_id <= pk <= (file.last_id or 0)}
    path = folder / file.path
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    late = 1100 if len(lines) > 1100 else len(lines) // 2
    bad = {
        "altered": b"".join(
            line.replace(b'"attempts":', b'"attempts":1') if i == late else line
            for i, line in enumerate(lines)
        ),
        "cut short": b"".join(lines[:late]),
        "empty": b"",
    }[wrong]
    if bad == whole:
        bad = b"".join(lines[:-1])
    Changing(monkeypatch, 2, lambda: path.write_bytes(bad), undo=lambda: path.write_bytes(whole))
    result = restore_file(file, Filter())
    assert (result.restored, result.present, result.taken) == (file.count, 0, [])
    file.refresh_from_db()
    assert file.state == ArchiveState.STORED
    assert {pk: picture([pk])[pk] for pk in list(held)[:5]} == {pk: held[pk] for pk in list(held)[:5]}
    assert EventLog.objects.count() == file.count


def test_a_search_says_that_what_it_read_is_not_what_was_written(folder: Path) -> None:
    file = archived(delivery="ours")
    (event,) = events_of(folder, file)
    forged = json.dumps({**event, "sender": "mallory"}).encode() + b"\n"
    (folder / file.path).write_bytes(zstandard.ZstdCompressor().compress(forged))
    with pytest.raises(ArchiveDamaged):
        list(search(Filter()))
    result = CliRunner().invoke(archives_command, ["search"])
    assert (result.exit_code, file.path in result.output) == (1, True)


# What cannot come back


def test_events_whose_ids_others_have_now_are_named_and_the_restore_fails(folder: Path) -> None:
    event, other = an_event(days=10), an_event(days=10, delivery="comes back")
    EventLog.objects.archive_events(7)
    EventLog.objects.create(id=event.pk, event="push", delivery="other")
    result = CliRunner().invoke(restore_command, ["--all"])
    assert (result.exit_code, f"{event.pk} of github_events/" in result.output) == (1, True)
    job = RetentionJob.objects.get(kind=JobKind.RESTORE)
    assert (job.state, job.result["restored"], job.result["taken"]) == (JobState.FAILED, 1, 1)
    assert "belong to other events" in job.error
    assert EventLog.objects.filter(pk=other.pk, delivery="comes back").exists()


def test_runs_whose_numbers_others_have_now_come_back_under_new_ones(folder: Path) -> None:
    """A database that was lost numbers from 1 again: this event was said to be there, and was not."""
    event = an_event(days=10)
    run = a_run(event, handler="app.old")
    EventLog.objects.archive_events(7)
    other = an_event(days=0, status=0, finished_at=None)
    HandlerRun.objects.create(
        id=run.pk, event=other, handler="app.new", status=10, started_at=other.received_at
    )
    assert retention.restore_events(Filter()) == (1, 0)
    (back,) = HandlerRun.objects.filter(event_id=event.pk)
    assert (back.handler, back.pk != run.pk) == ("app.old", True)
    assert HandlerRun.objects.get(pk=run.pk).handler == "app.new"
    assert a_run(other).pk not in (back.pk, run.pk)


def test_what_is_left_of_a_ledger_does_not_keep_its_event_from_coming_back(folder: Path) -> None:
    event = an_event(days=10)
    a_run(event, handler="app.label")
    EventLog.objects.archive_events(7)
    HandlerRun.objects.create(event_id=event.pk, handler="app.label", status=12, started_at=event.received_at)
    assert retention.restore_events(Filter()) == (1, 0)
    (back,) = HandlerRun.objects.filter(event_id=event.pk)
    assert back.status == 10


def test_an_archive_that_was_damaged_before_its_rows_went_does_not_stop_all_that_follow(folder: Path) -> None:
    event = an_event(days=10)
    EventLog.objects.archive_events(7, delete_after_archive=False)
    file = ArchiveFile.objects.get()
    ArchiveFile.objects.update(state=ArchiveState.VERIFIED)
    (folder / file.path).write_bytes(b"damaged")
    with pytest.raises(ArchiveDamaged, match=r"1 archives are damaged.*went into others"):
        EventLog.objects.archive_events(7)
    assert ArchiveFile.objects.get(pk=file.pk).state == ArchiveState.DAMAGED
    assert not EventLog.objects.exists()
    again = ArchiveFile.objects.exclude(pk=file.pk).get()
    assert (again.state, again.first_id) == (ArchiveState.STORED, event.pk)
    assert EventLog.objects.archive_events(7) == (0, [])


def test_what_is_missing_stands_in_the_job_too(folder: Path) -> None:
    file = archived()
    (folder / file.path).write_bytes(b"")
    job = requesting.enqueue(JobKind.RESTORE, requesting.restore_parameters(Filter()))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["damaged"]) == (JobState.FAILED, [file.path])
    assert create_job(JobKind.VERIFY, {}).created_at is not None
