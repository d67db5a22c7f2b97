"""One archive file in the making: rows go in, a file that the store gave back whole comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app.models import ArchiveFile
from django_github_app.retention import file_builder
from django_github_app.retention.file_builder import FileBuilder
from django_github_app.retention.format import read_events
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.reading import Group, Selection
from django_github_app.retention.records import ArchiveDamaged, ArchiveFormat, Manifest
from django_github_app.retention.signing import is_signed
from django_github_app.retention.stores import Store
from django_github_app.retention.uploads import StreamAborted
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


def groups() -> list[Group]:
    return list(Selection(Cutoffs.from_days(7), 2**40).groups(0))


def builder(store: Any = None, max_bytes: int = 10**6) -> FileBuilder:
    file = ArchiveFile(storage="archives", path="a.jsonl", day=Cutoffs.from_days(7).latest.date(), first_id=1)
    return FileBuilder(file, store or Store.resolve(), max_bytes=max_bytes)


def offer(made: FileBuilder, group: Group | None) -> None:
    while not made.offer(group, 1):
        pass


def test_a_file_that_was_given_its_end_is_read_back_and_signed(folder: Path) -> None:
    events = [an_event() for _ in range(3)]
    made = builder()
    for group in groups():
        offer(made, group)
    offer(made, None)
    assert made.written(10)
    assert made.verified(10)
    assert made.last_id == events[-1].pk
    assert list(made.stamps.ids) == [event.pk for event in events]
    manifest = made.manifest
    assert manifest is not None
    assert (manifest.first_id, manifest.last_id, manifest.count) == (events[0].pk, events[-1].pk, 3)
    with (folder / "a.jsonl").open("rb") as source:
        assert [event.id for event in read_events(source, ArchiveFormat.JSONL)] == [one.pk for one in events]
    assert is_signed(Manifest.from_json((folder / "a.jsonl.manifest.json").read_bytes()))


@pytest.mark.parametrize("bound", ["bytes", "events"])
def test_a_file_that_is_full_ends_by_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    events = [an_event() for _ in range(3)]
    if bound == "events":
        monkeypatch.setattr(file_builder, "MAX_EVENTS_PER_FILE", 1)
    made = builder(max_bytes=1 if bound == "bytes" else 10**6)
    offer(made, groups()[0])
    assert made.verified(10)
    assert made.last_id == events[0].pk


def test_without_events_there_is_no_file(folder: Path) -> None:
    made = builder()
    with pytest.raises(ArchiveDamaged, match="was given no events"):  # noqa: PT012 - whichever call is the next
        offer(made, None)
        made.verified(10)
        made.verified(10)


def test_a_store_that_fails_fails_the_next_call(folder: Path) -> None:
    class Full(Store):
        def write(self, path: str, source: Any) -> None:
            raise OSError("the store is full")

    an_event()
    made = builder(Full(Store.resolve().storage, "full"))
    with pytest.raises(OSError, match="the store is full"):  # noqa: PT012 - whichever call is the next
        offer(made, groups()[0])
        offer(made, None)
        made.verified(10)
        made.verified(10)


def test_what_is_given_up_gets_no_manifest(folder: Path) -> None:
    an_event()
    made = builder()
    offer(made, groups()[0])
    made.stop()
    with pytest.raises(StreamAborted):
        made.written()
    assert made.manifest is None
    assert not (folder / "a.jsonl.manifest.json").exists()
