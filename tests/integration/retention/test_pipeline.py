"""Archive files in hand: the older one is settled while the newer one is filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app.models import ArchiveFile, ArchiveState, EventLog, EventStatus
from django_github_app.retention.pipeline import IN_HAND, Pipeline, settle
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.progress import Progress
from django_github_app.retention.reading import Selection
from django_github_app.retention.stores import Store
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


class Noted(Progress):
    def __init__(self) -> None:
        self.notes: dict[str, list[object]] = {}

    def step(self, done: int = 0, **notes: object) -> None:
        for name, value in notes.items():
            self.notes.setdefault(name, []).append(value)


def planned(event: EventLog, **values: Any) -> ArchiveFile:
    path = f"{event.pk}.jsonl"
    return ArchiveFile.objects.plan(
        storage="archives", path=path, day=event.received_at.date(), first_id=event.pk, **values
    )


def only(*events: EventLog) -> Selection:
    return Selection(Cutoffs.from_days(7), 2**40, only=tuple(event.pk for event in events))


def test_files_are_made_and_settled_in_their_order_and_their_rows_go(folder: Path) -> None:
    events = [an_event() for _ in range(IN_HAND + 1)]
    progress = Noted()
    with Pipeline(progress) as pipeline:
        for event in events:
            pipeline.make(planned(event), only(event), Store.resolve())
            assert len(pipeline.held()) <= IN_HAND
        pipeline.finish()
        settled = list(pipeline.settled())
        assert list(pipeline.settled()) == []
    assert [file.first_id for file in settled] == [event.pk for event in events]
    assert {file.state for file in settled} == {ArchiveState.STORED}
    assert progress.notes["files"] == [file.path for file in settled]
    assert not EventLog.objects.exists()


def test_a_file_for_which_there_is_nothing_goes(folder: Path) -> None:
    young = an_event(days=1)
    with Pipeline(Progress()) as pipeline:
        pipeline.make(planned(young), only(young), Store.resolve())
        pipeline.finish()
        assert list(pipeline.settled()) == []
    assert not ArchiveFile.objects.exists()


def test_a_store_that_fails_is_noted_in_the_catalogue_and_rows_stay(folder: Path) -> None:
    class Full(Store):
        def write(self, path: str, source: Any) -> None:
            raise OSError("the store is full")

    event = an_event()

    def make() -> None:
        with Pipeline(Progress()) as pipeline:
            pipeline.make(planned(event), only(event), Full(Store.resolve().storage, "archives"))
            pipeline.finish()

    with pytest.raises(OSError, match="the store is full"):
        make()
    assert ArchiveFile.objects.get().error == "OSError: the store is full"
    assert EventLog.objects.get() == event


@pytest.mark.parametrize("delete", [True, False])
def test_rows_that_changed_are_left_and_the_file_is_settled(
    folder: Path, caplog: pytest.LogCaptureFixture, delete: bool
) -> None:
    events = [an_event(), an_event()]
    with Pipeline(Progress()) as pipeline:
        pipeline.make(planned(events[0], delete_rows=delete), only(*events), Store.resolve())
        (one,) = pipeline._in_hand
        assert one.builder is not None
        assert one.builder.verified(10)
        assert one.builder.manifest is not None
        one.file.record(one.builder.manifest)
        EventLog.objects.filter(pk=events[1].pk).update(status=EventStatus.DEAD)
        with caplog.at_level("INFO", "django_github_app"):
            assert list(settle(one.file, one.builder.stamps, Progress())) == [True]
    assert one.file.state == ArchiveState.STORED
    left = {event.pk: event.archive_id for event in EventLog.objects.all()}
    assert left == {events[1].pk: None} | ({} if delete else {events[0].pk: one.file.pk})
    assert [record.__dict__["left"] for record in caplog.records if "left" in record.__dict__] == [1]
