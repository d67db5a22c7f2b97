"""What each kind of job does, as a generator that yields wherever its work may be handed over."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from django_github_app.conf import app_settings
from django_github_app.maintenance import publishing
from django_github_app.models import ArchiveFile, JobKind, RetentionJob

from . import replaying
from .archive import Plan, archive_due
from .cleanup import delete_due
from .filters import Filter, NothingArchived
from .policy import Cutoffs, estimate_due
from .progress import Progress
from .records import ArchiveDamaged
from .restore import IdsTaken, expire_file, expired_files, restore_file, verify_file
from .stores import Store

logger = logging.getLogger(__name__)

MOST_NAMED = 20  # of what is wrong, in one line


def plan_of(parameters: Mapping[str, Any], store: Store | None = None) -> Plan:
    """Return the plan of an archive job's parameters."""
    return Plan(
        store=Store.resolve(parameters.get("storage")) if store is None else store,
        cutoffs=Cutoffs.from_json(parameters["cutoffs"]),
        location=parameters.get("location", app_settings.ARCHIVE_LOCATION),
        template=app_settings.ARCHIVE_FILENAME_TEMPLATE,
        delete_rows=parameters.get("delete_after_archive", True),
        only=tuple(parameters.get("only", ())),
    )


def _cleanup(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    cutoffs = Cutoffs.from_json(job.parameters["cutoffs"])
    only = job.parameters.get("only", ())
    if job.total is None:
        job.total = len(only) or estimate_due(cutoffs)
    for batch in delete_due(cutoffs, only=only, after=job.cursor.get("after")):
        job.cursor["after"] = batch.after
        progress.step(batch.deleted, deleted=batch.deleted)
        yield


def _archive(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    plan = plan_of(job.parameters, store)
    if job.total is None:
        job.total = len(plan.only) or estimate_due(plan.cutoffs)
    job.result.setdefault("files", [])
    with contextlib.closing(archive_due(plan, progress)) as files:
        for _ in files:
            yield
    _raise_if_damaged(job, "what was left of their events in the database went into others")


def _restore(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    which = Filter.from_json(job.parameters["filter"])
    reprocess = bool(job.parameters.get("reprocess"))

    def replay(ids: list[int]) -> None:
        publishing.replay(ids)

    def files() -> list[ArchiveFile]:
        damaged = which.damaged_files()
        for file in damaged:
            progress.step(damaged=file.path, problems=f"{file.path}: {file.error or 'found damaged before'}")
        try:
            return which.archive_files()
        except NothingArchived:
            if damaged:
                return []
            raise

    for file in _each_file(job, files, count=lambda file: file.count):
        before = job.processed
        try:
            done = restore_file(file, which, progress=progress, on_batch=replay if reprocess else None)
            for pk in done.taken:
                progress.step(not_restored=f"{pk} of {file.path}")
        except ArchiveDamaged as error:
            # The others are brought back all the same; at the end the job says which are missing.
            logger.error(
                "archive is damaged, its events are not restored",
                extra={"archive": file.path, "error": str(error)},
            )
            progress.step(damaged=file.path, problems=str(error))
        job.processed = before + file.count  # those that did not match are dealt with too
        _file_done(job)
        yield
    _raise_if_damaged(job, "what they hold was not restored")
    if taken := job.result.get("taken"):
        first = "; ".join(job.result.get("not_restored", ())[:MOST_NAMED])
        raise IdsTaken(f"{taken} events were not restored, their ids belong to other events now: {first}")


def _verify(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    which = Filter.from_json(job.parameters.get("filter", {}))

    def files() -> list[ArchiveFile]:
        return which.archive_files(damaged=True)

    for file in _each_file(job, files, count=lambda _: 1):
        problem = verify_file(file, progress=progress)
        _file_done(job)
        progress.step(1, **({"damaged": file.path, "problems": problem} if problem else {"whole": 1}))
        yield
    _raise_if_damaged(job)


def _replay(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    choice = replaying.Choice.from_json(job.parameters["choice"])
    if "bound" not in job.cursor:
        # What comes in later, and what is replayed itself, is not meant.
        job.cursor.update(after=choice.start(), bound=replaying.newest_id())
        job.total = max(0, job.cursor["bound"] - job.cursor["after"])
    pace = replaying.Pace(job.parameters["rate"])
    for ids, last in choice.pages(job.cursor["after"], job.cursor["bound"]):
        for portion in pace.portions(ids):
            queued = publishing.replay(portion, failed_only=job.parameters["failed_only"])
            progress.step(portion[-1] - job.cursor["after"], queued=len(queued))
            job.cursor["after"] = portion[-1]
            yield
        progress.step(last - job.cursor["after"], queued=0)
        job.cursor["after"] = last
        yield


def _raise_if_damaged(job: RetentionJob, consequence: str = "") -> None:
    """Fail the job when archives turned out to be damaged: a part is not the whole."""
    if damaged := job.result.get("damaged"):
        what = f"{len(damaged)} archives are damaged" + (f", {consequence}" if consequence else "")
        raise ArchiveDamaged(f"{what}: {'; '.join(job.result['problems'][:MOST_NAMED])}")


def _expire(job: RetentionJob, progress: Progress, store: Store | None) -> Generator[None]:
    days = job.parameters.get("days_to_keep", app_settings.ARCHIVE_DAYS_TO_KEEP)
    for file in _each_file(job, lambda: expired_files(days), count=lambda _: 1):
        expire_file(file, progress=progress)
        _file_done(job)
        progress.step(1, expired=1, files=file.path)
        yield


def _each_file(
    job: RetentionJob, choose: Callable[[], list[ArchiveFile]], *, count: Callable[[ArchiveFile], int]
) -> Iterator[ArchiveFile]:
    """Yield the files that are left; which they are is decided once, by the job's first task."""
    if "files" not in job.cursor:
        files = choose()
        job.total = sum(count(file) for file in files)
        job.cursor["files"] = [file.pk for file in files]
    while job.cursor["files"]:
        file = ArchiveFile.objects.filter(pk=job.cursor["files"][0]).first()
        if file is None:
            _file_done(job)
        else:
            yield file


def _file_done(job: RetentionJob) -> None:
    job.cursor["files"] = job.cursor["files"][1:]


# The store is that of the caller, for a job that runs where it was asked for.
WORK: Mapping[JobKind, Callable[[RetentionJob, Progress, Store | None], Generator[None]]] = {
    JobKind.CLEANUP: _cleanup,
    JobKind.ARCHIVE: _archive,
    JobKind.RESTORE: _restore,
    JobKind.VERIFY: _verify,
    JobKind.EXPIRE: _expire,
    JobKind.REPLAY: _replay,
}
