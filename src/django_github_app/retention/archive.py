"""Archive old events: upload → read back → compare hash and count → record → delete exactly those rows.

A row of `ArchiveFile` takes the file's name before the first byte is sent and says how far it got. A crash at any
point leaves a state that the next run finishes: WRITING is written again under the same name, VERIFIED goes on
with its rows, which are then read out of the file itself.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from django.core.exceptions import ImproperlyConfigured

from django_github_app.archive_names import archive_path
from django_github_app.archives import (
    ArchiveDamaged,
    ArchiveFormat,
    ArchiveWriter,
    Digest,
    Manifest,
    Packer,
    count_events,
    read_stamps,
)
from django_github_app.conf import app_settings
from django_github_app.models import ArchiveFile, ArchiveState, EventLog
from django_github_app.models.sql import dialect_for

from .archived_rows import Stamps, delete_rows, mark_rows, unmark_rows
from .policy import EVENTS, Cutoffs, last_due_id
from .progress import JobStopped, Progress
from .rows import Selection
from .stores import Store
from .uploads import Upload

logger = logging.getLogger(__name__)

MAX_EVENTS_PER_FILE = 100_000
STEP_EVENTS = 500


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
        bound = max(self.only) if self.only else last_due_id(self.cutoffs.latest)
        if day is not None:
            end = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + dt.timedelta(days=1)
            bound = min(bound, last_due_id(end))
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
                logger.warning("archive %s is in the store but not in this database: left alone", path)
            generation += 1


def archive_due(plan: Plan, progress: Progress) -> Iterator[ArchiveFile]:
    """Archive the events that are due; yield each file when its rows are settled.

    Raises StoreError or ArchiveDamaged when a file did not arrive as it was sent; its rows are all still there.
    """
    for file in ArchiveFile.objects.unfinished():
        if _finish(file, plan, progress):
            yield file
    if plan.delete_rows:
        yield from _delete_kept(plan, progress)
    selection = plan.selection()
    position = -(2**63)
    while (found := selection.first(position)) is not None:
        first_id, received_at = found
        day = received_at.date()
        file = ArchiveFile.objects.create(
            storage=plan.store.name,
            path=plan.path(day, first_id),
            day=day,
            first_id=first_id,
            delete_rows=plan.delete_rows,
        )
        if _write_and_settle(file, plan, plan.store, progress):
            yield file
        position = first_id


def _finish(file: ArchiveFile, plan: Plan, progress: Progress) -> bool:
    """Finish a file that an earlier run left; return whether there is one now."""
    try:
        store = plan.store if file.storage == plan.store.name else Store.resolve(file.storage)
    except ImproperlyConfigured as error:
        logger.error("archive %s was left unfinished in a store that is gone: %s", file.path, error)
        file.abandon(str(error))
        return False
    if file.state == ArchiveState.WRITING:
        return _write_and_settle(file, plan, store, progress)
    settle(file, read_back(file, store, progress), progress)
    return True


def _write_and_settle(file: ArchiveFile, plan: Plan, store: Store, progress: Progress) -> bool:
    try:
        stamps = write(file, plan.selection(file.day), store, progress)
    except JobStopped:
        raise
    except Exception as error:
        file.found_damaged(f"{type(error).__name__}: {error}")
        raise
    if stamps is None:
        return False
    settle(file, stamps, progress)
    return True


def write(file: ArchiveFile, selection: Selection, store: Store, progress: Progress) -> Stamps | None:
    """Write, read back and record a file; return what it holds. None: there was nothing (left) to write."""
    events = selection.events(file.first_id - 1)
    first = next(events, None)
    if first is None:
        store.delete(file.manifest_path)
        store.delete(file.path)
        file.delete()
        return None
    kind = ArchiveFormat.of(file.path)
    writer, packer, stamps = ArchiveWriter(kind), Packer(kind), Stamps()
    with Upload(store, file.path, packer=packer, waiting=progress.step) as upload:
        for event in chain([first], events):
            upload.send(writer.write(event))
            stamps.append(event)
            if writer.count % STEP_EVENTS == 0:
                progress.step()
            if writer.text_size >= app_settings.ARCHIVE_MAX_FILE_BYTES or writer.count >= MAX_EVENTS_PER_FILE:
                break
        upload.send(writer.close())
    manifest = Manifest(
        path=file.path,
        day=file.day,
        first_id=first.id,
        last_id=writer.last_id or first.id,
        count=writer.count,
        size=packer.size,
        text_size=writer.text_size,
        sha256=packer.sha256,
    )
    check(manifest, store, progress)
    write_manifest(manifest, file.manifest_path, store)
    file.record(manifest)
    return stamps


def write_manifest(manifest: Manifest, path: str, store: Store) -> None:
    """Write the manifest object, and read it back."""
    import io

    text = manifest.to_json()
    store.write(path, io.BytesIO(text))
    if store.read(path) != text:
        raise ArchiveDamaged(f"{path} came back from the store {store.name} altered")


def read_back(file: ArchiveFile, store: Store, progress: Progress) -> Stamps:
    """Read a recorded file and return what it holds. Raises ArchiveDamaged if it is not what was recorded."""
    stamps = Stamps()

    def each_line(digest: Digest, kind: ArchiveFormat) -> int:
        for stamp in read_stamps(digest, kind):
            stamps.append(stamp)
            if len(stamps) % STEP_EVENTS == 0:
                progress.step()
        return len(stamps)

    manifest = manifest_of(file)
    check(manifest, store, progress, count=each_line)
    ends = (stamps.ids[0], stamps.ids[-1]) if stamps else None
    if ends != (manifest.first_id, manifest.last_id):
        raise ArchiveDamaged(f"{manifest.path} holds the events {ends}, not those of its manifest")
    return stamps


def manifest_of(file: ArchiveFile) -> Manifest:
    return Manifest(
        path=file.path,
        day=file.day,
        first_id=file.first_id,
        last_id=file.last_id or file.first_id,
        count=file.count,
        size=file.size,
        text_size=file.text_size,
        sha256=file.sha256,
    )


def check(
    manifest: Manifest,
    store: Store,
    progress: Progress,
    *,
    count: Callable[[Digest, ArchiveFormat], int] = count_events,
) -> None:
    """Read a file out of the store and compare size, SHA-256 and count. Raises ArchiveDamaged."""
    try:
        with store.open(manifest.path) as source:
            digest = Digest(source, progress.step)
            events = count(digest, ArchiveFormat.of(manifest.path))
            digest.drain()
    except FileNotFoundError as error:
        raise ArchiveDamaged(f"{manifest.path} is missing from the store {store.name}") from error
    except ArchiveDamaged as error:
        raise ArchiveDamaged(f"{manifest.path} is damaged: {error}") from error
    comparisons = (
        ("size", digest.size, manifest.size),
        ("SHA-256", digest.sha256, manifest.sha256),
        ("count", events, manifest.count),
    )
    for what, found, expected in comparisons:
        if found != expected:
            raise ArchiveDamaged(f"{manifest.path} has {what} {found} in the store, not {expected}")


def settle(file: ArchiveFile, stamps: Stamps, progress: Progress) -> None:
    """Delete, or mark, exactly the rows that a verified file holds and that have not changed since."""
    batches = delete_rows(stamps) if file.delete_rows else mark_rows(stamps, file.pk)
    settled = 0
    for read, changed in batches:
        settled += changed
        progress.step(read, deleted=changed if file.delete_rows else 0)
    if settled < file.count:
        logger.info(
            "archive %s: %d of %d events had changed or gone, and were left as they are",
            *(file.path, file.count - settled, file.count),
        )
    file.settle()
    logger.info("archived %d events to %s in %s", file.count, file.path, file.storage)


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
            stamps = read_back(file, Store.resolve(file.storage), progress)
        except (ArchiveDamaged, ImproperlyConfigured) as error:
            # The rows are the only copy: forget the archive, so that they go into another one.
            logger.error("events stay in the database, their archive cannot be read: %s", error)
            if file is not None:
                file.found_damaged(str(error))
            for changed in unmark_rows(archive_id):
                progress.step(0, unmarked=changed)
            continue
        for read, changed in delete_rows(stamps, archive_id=archive_id, due=(condition, parameters)):
            progress.step(changed, deleted=changed, skipped=read - changed)
        yield file


__all__ = ["Plan", "archive_due", "check", "read_back"]
