"""What each kind of job needs to know, and where its work may be handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app.maintenance import publishing
from django_github_app.models import ArchiveFile, EventLog, EventStatus, JobKind, RetentionJob
from django_github_app.retention import kinds, requesting
from django_github_app.retention.filters import Filter, NothingArchived
from django_github_app.retention.progress import Progress
from django_github_app.retention.records import ArchiveDamaged
from django_github_app.retention.replaying import Choice
from django_github_app.retention.stores import Store
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db


class Noted(Progress):
    """What a job says of its progress."""

    def __init__(self) -> None:
        self.notes: list[tuple[int, dict[str, object]]] = []

    def step(self, done: int = 0, **notes: object) -> None:
        if done or notes:
            self.notes.append((done, notes))


def work(kind: JobKind, parameters: dict[str, Any]) -> tuple[RetentionJob, Noted, int]:
    """Do all of a job's work; return it, what it said, and how often it could have been handed over."""
    job, progress = RetentionJob(kind=kind, parameters=parameters), Noted()
    return job, progress, sum(1 for _ in kinds.WORK[kind](job, progress, None))


def test_every_kind_has_its_work() -> None:
    assert kinds.WORK.keys() == set(JobKind)


def test_an_archive_goes_where_it_was_asked_to_or_where_the_settings_say(folder: Path, settings: Any) -> None:
    plan = kinds.plan_of(requesting.archive_parameters(7))
    assert (plan.store.name, plan.location, plan.delete_rows) == ("archives", "github_events", True)
    asked = requesting.archive_parameters(
        7, storage="archives", location="", delete_after_archive=False, only=[5]
    )
    plan = kinds.plan_of(asked, Store.resolve("default"))
    assert (plan.store.name, plan.location, plan.delete_rows, plan.only) == ("default", "", False, (5,))


def test_a_cleanup_knows_how_far_it_got() -> None:
    events = [an_event() for _ in range(3)]
    young = an_event(days=1)
    job, progress, _ = work(JobKind.CLEANUP, requesting.cleanup_parameters(7))
    assert job.total == 3
    assert sum(done for done, _ in progress.notes) == 3
    assert job.cursor["after"] >= events[-1].pk
    assert EventLog.objects.get() == young


def test_files_are_chosen_once_and_one_after_the_other(folder: Path) -> None:
    for days in (10, 12):
        an_event(days=days)
    EventLog.objects.archive_events(7)
    job, progress, pauses = work(JobKind.VERIFY, {})
    assert (job.total, pauses, job.cursor) == (2, 2, {"files": []})
    assert progress.notes == [(1, {"whole": 1})] * 2


def test_a_damaged_archive_fails_the_job_in_the_end_and_keeps_none_from_coming_back(folder: Path) -> None:
    for days in (10, 12):
        an_event(days=days)
    EventLog.objects.archive_events(7)
    broken = ArchiveFile.objects.order_by("id")[0]
    (folder / broken.path).write_bytes(b"x")
    job, progress = RetentionJob(parameters=requesting.restore_parameters(Filter())), Noted()
    for _ in kinds.WORK[JobKind.RESTORE](job, progress, None):
        pass
    damaged = [notes["damaged"] for _, notes in progress.notes if "damaged" in notes]
    assert damaged == [broken.path]
    assert EventLog.objects.count() == 1
    job.result = {"damaged": damaged, "problems": ["cut short"]}
    with pytest.raises(ArchiveDamaged, match="1 archives are damaged, its rows stay: cut short"):
        kinds._raise_if_damaged(job, "its rows stay")


def test_nothing_that_fits_is_an_error() -> None:
    with pytest.raises(NothingArchived):
        work(JobKind.RESTORE, requesting.restore_parameters(Filter(paths=("no.jsonl",))))


def test_a_replay_leaves_what_comes_in_later(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed: list[int] = []

    def replay(ids: list[int], failed_only: bool) -> list[int]:
        an_event(status=EventStatus.DEAD)
        replayed.extend(ids)
        return ids

    monkeypatch.setattr(publishing, "replay", replay)
    events = [an_event(status=EventStatus.DEAD) for _ in range(2)]
    parameters = requesting.replay_parameters(Choice(failed=True), rate=10_000)
    job, progress, _ = work(JobKind.REPLAY, parameters)
    assert replayed == [event.pk for event in events]
    assert job.cursor["after"] == job.cursor["bound"] == events[-1].pk
    assert sum(int(str(notes["queued"])) for _, notes in progress.notes) == 2
