"""Rows are deleted or marked only while they are what was archived."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from django_github_app.models import ArchiveFile, EventLog, EventStatus, HandlerRun
from django_github_app.retention import settling
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.reading import Selection, events_of
from django_github_app.retention.settling import Stamps, delete_rows, mark_rows, unmark_rows
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def stamps_of(events: Iterable[EventLog]) -> Stamps:
    """Return what an archive of these events would hold of them."""
    stamps = Stamps()
    only = tuple(event.pk for event in events)
    for group in Selection(Cutoffs.from_days(0), 2**40, only=only).groups(0):
        for event in events_of(group):
            stamps.append(event)
    return stamps


@pytest.fixture
def file() -> int:
    made = ArchiveFile.objects.create(storage="a", path="p", day=an_event().received_at.date(), first_id=1)
    EventLog.objects.all().delete()
    return made.pk


@pytest.fixture(params=[settling.SPARSE, 0], ids=["dense", "sparse"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which PostgreSQL compares rows with what is expected of them."""
    monkeypatch.setattr(settling, "SPARSE", request.param)


def left() -> set[int]:
    return set(EventLog.objects.values_list("pk", flat=True))


def test_stamps_say_of_each_event_what_it_was() -> None:
    events = [an_event(status=EventStatus.DEAD, attempts=3), an_event(finished_at=None)]
    stamps = stamps_of(events)
    assert len(stamps) == 2
    first, second = (stamps.slice(start, 1) for start in (0, 1))
    assert first[events[0].pk][:2] == (EventStatus.DEAD, 3)
    assert second == {events[1].pk: (EventStatus.DONE, 0, settling._NEVER)}


CHANGES: list[Callable[[Any], Any]] = [
    lambda row: row.update(status=EventStatus.DEAD),
    lambda row: row.update(attempts=7),
    lambda row: row.update(finished_at=None),
]


@pytest.mark.parametrize("change", CHANGES, ids=["state", "attempts", "end"])
def test_what_changed_since_stays_with_its_runs(way: None, change: Callable[[Any], Any]) -> None:
    events = [an_event() for _ in range(3)]
    for event in events:
        a_run(event)
    stamps = stamps_of(events)
    change(EventLog.objects.filter(pk=events[1].pk))
    assert list(delete_rows(stamps)) == [(3, 2)]
    assert left() == {events[1].pk}
    assert [run.event_id for run in HandlerRun.objects.all()] == [events[1].pk]


def test_rows_are_marked_and_only_those_of_the_mark_are_deleted(way: None, file: int) -> None:
    marked, other = an_event(), an_event()
    stamps = stamps_of([marked])
    assert list(mark_rows(stamps, file)) == [(1, 1)]
    assert list(mark_rows(stamps, file)) == [(1, 0)]
    assert list(delete_rows(stamps)) == [(1, 0)]
    assert list(delete_rows(stamps, archive_id=file)) == [(1, 1)]
    assert left() == {other.pk}


def test_another_condition_counts_too(way: None) -> None:
    one, other = an_event(event="push"), an_event()
    assert list(delete_rows(stamps_of([one, other]), due=("e.event = %s", ["push"]))) == [(2, 1)]
    assert left() == {other.pk}


def test_the_mark_of_an_archive_that_is_gone_is_taken_off(file: int) -> None:
    events = [an_event() for _ in range(3)]
    list(mark_rows(stamps_of(events), file))
    assert sum(unmark_rows(file)) == 3
    assert not EventLog.objects.filter(archive_id=file).exists()
