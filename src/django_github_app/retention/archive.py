"""Archive old events: upload → read back → compare hash and count → record → delete exactly those rows.

A row of `ArchiveFile` takes the file's name before the first byte is sent and says how far it got. A crash at any
point leaves a state that the next run finishes: WRITING is written again under the same name, VERIFIED goes on
with its rows, which are then read out of the file itself.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from django_github_app.models import ArchiveFile, ArchiveState, EventLog
from django_github_app.sql.dialects import dialect_for

from .names import archive_path
from .pipeline import Pipeline
from .policy import EVENTS, Cutoffs, is_thorough_hour, last_due_id
from .progress import Progress
from .reading import Selection
from .records import ArchiveDamaged
from .settling import delete_rows, unmark_rows
from .stores import Store
from .verification import read_twice

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to archive, and where to."""

    store: Store
    cutoffs: Cutoffs
    location: str
    template: str
    delete_rows: bool = True
    only: tuple[int, ...] = ()

    def selection(self, day: dt.date | None = None) -> Selection:
        """Return what is due: of one day, or of any."""
        bound = max(self.only) if self.only else last_due_id(self.cutoffs.latest, thorough=is_thorough_hour())
        if day is not None:
            end = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + dt.timedelta(days=1)
            bound = min(bound, last_due_id(end, thorough=is_thorough_hour()))
        return Selection(self.cutoffs, bound, day, self.only)

    def path(self, day: dt.date, first_id: int) -> str:
        """Return a name that nothing has yet: the first one, unless the event was archived before."""
        generation = 1
        while True:
            path = archive_path(
                self.location, self.template, day=day, first_id=first_id, generation=generation
            )
            if not ArchiveFile.objects.filter(storage=self.store.name, path=path).exists():
                if not self.store.exists(path):
                    return path
                # Another database writes to the same place, or this one was set back to an earlier state.
                logger.warning(
                    "an archive is in the store but not in this database: left alone",
                    extra={"archive": path, "store": self.store.name},
                )
            generation += 1


def archive_due(plan: Plan, progress: Progress) -> Generator[ArchiveFile]:
    """Archive the events that are due; yield each file when its rows are settled.

    Files are made one after the other, but the rows of one are read while the one before it is read back and its
    rows are deleted. Whoever stops early (closes the generator) waits until the files that were begun are settled.
    Raises StoreError or ArchiveDamaged when a file did not arrive as it was sent; its rows are all still there.
    """
    with Pipeline(progress) as pipeline:
        for file in ArchiveFile.objects.unfinished():
            _finish(file, plan, pipeline)
            yield from pipeline.settled()
        if plan.delete_rows:
            yield from _delete_kept(plan, progress)
        selection = plan.selection()
        position = -(2**63)
        while (found := selection.first(position, pipeline.held())) is not None:
            pipeline.make_room()
            first_id, received_at = found
            day = received_at.date()
            file = ArchiveFile.objects.plan(
                storage=plan.store.name,
                path=plan.path(day, first_id),
                day=day,
                first_id=first_id,
                delete_rows=plan.delete_rows,
            )
            pipeline.make(file, plan.selection(day), plan.store)
            try:
                yield from pipeline.settled()
            except GeneratorExit:
                pipeline.finish()
                raise
            position = first_id
        pipeline.finish()
        yield from pipeline.settled()


def _finish(file: ArchiveFile, plan: Plan, pipeline: Pipeline) -> None:
    """Finish a file that an earlier run left, unless its store is gone."""
    try:
        store = plan.store if file.storage == plan.store.name else Store.resolve(file.storage)
    except ImproperlyConfigured as error:
        logger.error(
            "an archive was left unfinished in a store that is gone",
            extra={"archive": file.path, "error": str(error)},
        )
        file.abandon(str(error))
        return
    if file.state == ArchiveState.WRITING:
        pipeline.make(file, plan.selection(file.day), store)
    else:
        try:
            stamps, _ = read_twice(file, store, pipeline.progress)
        except ArchiveDamaged as error:
            _give_up(file, str(error), pipeline.progress)
            return
        pipeline.take(file, stamps)
    pipeline.finish()


def _give_up(file: ArchiveFile, error: str, progress: Progress) -> None:
    """Let the rows that are left of a file that was verified, and is damaged since, go into another one.

    Some of them may be deleted already. Without this no run would get past it; the job fails at its end.
    """
    logger.error(
        "an archive was damaged before all its events were settled",
        extra={"archive": file.path, "error": error},
    )
    file.abandon(error)
    for changed in unmark_rows(file.pk):
        progress.step(0, unmarked=changed)
    progress.step(damaged=file.path, problems=error)


def _delete_kept(plan: Plan, progress: Progress) -> Iterator[ArchiveFile]:
    """Delete due rows that an earlier archive holds already: they were kept, or came back and are old again."""
    dialect = dialect_for(EventLog)
    condition, parameters = plan.cutoffs.condition(dialect)
    if plan.only:
        condition = f"{condition} AND e.id {dialect.ids}"
        parameters.append(dialect.array(plan.only))
    following = f"SELECT min(archive_id) FROM {EVENTS} WHERE archive_id > %s"  # noqa: S608
    due = f"SELECT 1 FROM {EVENTS} e WHERE e.archive_id = %s AND {condition} LIMIT 1"  # noqa: S608
    archive_id = 0
    while True:
        ((found,),) = dialect.execute(following, [archive_id])
        if found is None:
            return
        archive_id = int(found)
        if not dialect.execute(due, [archive_id, *parameters]):
            continue
        file = ArchiveFile.objects.readable().filter(pk=archive_id).first()
        try:
            if file is None:
                raise ArchiveDamaged(f"archive {archive_id} is gone")
            stamps, _ = read_twice(file, Store.resolve(file.storage), progress)
        except (ArchiveDamaged, ImproperlyConfigured) as error:
            # The rows are the only copy: forget the archive, so that they go into another one.
            logger.error(
                "events stay in the database, their archive cannot be read",
                extra={"archive": archive_id if file is None else file.path, "error": str(error)},
            )
            if file is not None:
                file.found_damaged(str(error))
            for changed in unmark_rows(archive_id):
                progress.step(0, unmarked=changed)
            continue
        for read, changed in delete_rows(stamps, archive_id=archive_id, due=(condition, parameters)):
            progress.step(changed, deleted=changed, skipped=read - changed)
        progress.step(archived=file.count, files=file.path)
        yield file


__all__ = ["Plan", "archive_due"]
