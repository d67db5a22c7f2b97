"""Read archives: search them, bring events back, check them, let them expire."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured
from django.db import DataError

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError
from django_github_app.models import ArchiveFile, ArchiveState, EventLog
from django_github_app.sql.clock import database_now
from django_github_app.sql.restore import (
    Inserted,
    check_restorable,
    highest_ids,
    insert_restored,
    restored_and_not_processed,
)

from .file_builder import MAX_EVENTS_PER_FILE
from .filters import Filter
from .format import Digest, LineMarks, longest_body, longest_line, read_events
from .progress import Progress
from .records import ArchiveDamaged, ArchivedEvent, ArchiveFormat, Manifest
from .settling import unmark_rows
from .signing import is_signed, is_signed_with_current_key
from .stores import Store, StoreError
from .verification import manifest_of, read_twice, write_manifest

logger = logging.getLogger(__name__)

BATCH_EVENTS = 500
BATCH_BYTES = 4 * 1024 * 1024


class IdsTaken(GitHubAppError):
    """Events were not restored: their ids belong to other events now, as after a database was lost and began anew.

    The others were. ``manage.py github archives search --id`` shows what the archives hold of them; into an empty
    database they can all be restored.
    """


def search(
    which: Filter, *, limit: int | None = None, progress: Progress | None = None
) -> Iterator[tuple[ArchiveFile, ArchivedEvent]]:
    """Yield matching events out of the archives, without restoring them.

    Raises ArchiveDamaged at the end of a file that is not what was written, after its events were yielded.
    """
    progress = Progress() if progress is None else progress
    found = 0
    for file in which.archive_files():
        for event in _events(file, progress):
            if _is_meant(which, file, event):
                yield file, event
                found += 1
                if found == limit:
                    return


def _is_meant(which: Filter, file: ArchiveFile, event: ArchivedEvent) -> bool:
    try:
        return which.matches(event)
    except ValueError as error:
        raise ArchiveDamaged(f"{file.path}: the body of event {event.id} cannot be decoded") from error


def _events(file: ArchiveFile, progress: Progress, marks: LineMarks | None = None) -> Iterator[ArchivedEvent]:
    """Yield the events of a file; ``marks`` of the lines that it had when it was verified. Raises ArchiveDamaged."""
    try:
        with Store.resolve(file.storage).open(file.path) as source:
            digest = Digest(source, most=file.size)
            events = read_events(digest, ArchiveFormat.of(file.path), most=file.text_size, marks=marks)
            for number, event in enumerate(events, 1):
                if number % 1000 == 0:
                    progress.step()
                yield event
            digest.drain()
    except FileNotFoundError as error:
        raise ArchiveDamaged(f"{file.path} is missing from the store {file.storage}") from error
    except ArchiveDamaged as error:
        raise ArchiveDamaged(f"{file.path} is damaged: {error}") from error
    if (digest.size, digest.sha256) != (file.size, file.sha256):
        raise ArchiveDamaged(f"{file.path} has the SHA-256 {digest.sha256} in the store, not {file.sha256}")


@dataclass(slots=True)
class Restored:
    """What a restore did: events brought back, already there, and whose id belongs to another event now."""

    restored: int = 0
    present: int = 0
    taken: list[int] = field(default_factory=list)
    last_id: int = -(2**63)
    """Up to which all that was meant is dealt with."""


def restore_file(
    file: ArchiveFile,
    which: Filter,
    *,
    progress: Progress | None = None,
    on_batch: Callable[[list[int]], None] | None = None,
) -> Restored:
    """Bring the matching events of one archive back; what is there already stays as it is.

    The file is checked first: nothing comes out of a damaged one, and nothing that was not in it when it was checked.
    ``on_batch`` is given the ids of every batch that was inserted, after its commit; and of those events that an
    earlier run brought back before it was interrupted, and nobody has processed since. Raises ArchiveDamaged,
    StoreError.
    """
    progress = Progress() if progress is None else progress
    result = Restored()
    try:
        _, marks = read_twice(file, Store.resolve(file.storage), progress)
        try:
            _restore(file, marks, which, progress, on_batch, result)
        except ArchiveDamaged as error:
            logger.warning(
                "archive is read again before it is called damaged",
                extra={"archive": file.path, "error": str(error)},
            )
            _, marks = read_twice(file, Store.resolve(file.storage), progress)
            _restore(file, marks, which, progress, on_batch, result)
    except ArchiveDamaged as error:
        file.found_damaged(str(error))
        raise
    if result.taken:
        logger.warning(
            "events were not restored: their ids belong to other events now",
            extra={"archive": file.path, "events": len(result.taken)},
        )
    return result


def _restore(
    file: ArchiveFile,
    marks: LineMarks,
    which: Filter,
    progress: Progress,
    on_batch: Callable[[list[int]], None] | None,
    result: Restored,
) -> None:
    """Bring back what follows after ``result.last_id``."""
    limits = highest_ids()

    def add(batch: list[ArchivedEvent]) -> None:
        try:
            if problem := check_restorable(batch, limits, longest_body()):
                raise ArchiveDamaged(f"{file.path}: {problem}")
            inserted = insert_restored(batch, file.pk)
        except (DataError, ValueError, ArithmeticError) as error:
            raise ArchiveDamaged(f"{file.path} holds an event that cannot be a row: {error}") from error
        _add(result, inserted, progress)
        result.last_id = batch[-1].id
        if on_batch is not None:
            ids = [*inserted.inserted, *restored_and_not_processed(inserted.present, file.pk)]
            if ids:
                on_batch(ids)
                progress.step(reprocessed=len(ids))

    batch: list[ArchivedEvent] = []
    size = 0
    for event in _events(file, progress, marks):
        if event.id <= result.last_id or not _is_meant(which, file, event):
            continue
        try:
            size += len(event.body or b"")
        except ValueError as error:
            raise ArchiveDamaged(f"{file.path}: the body of event {event.id} cannot be decoded") from error
        batch.append(event)
        if len(batch) >= BATCH_EVENTS or size >= BATCH_BYTES:
            add(batch)
            batch, size = [], 0
    if batch:
        add(batch)


def _add(result: Restored, inserted: Inserted, progress: Progress) -> None:
    result.restored += len(inserted.inserted)
    result.present += len(inserted.present)
    result.taken += inserted.taken
    progress.step(
        len(inserted.inserted) + len(inserted.present) + len(inserted.taken),
        restored=len(inserted.inserted),
        present=len(inserted.present),
        taken=len(inserted.taken),
    )


def verify_file(file: ArchiveFile, *, progress: Progress | None = None) -> str:
    """Read an archive against its manifest; return what is wrong with it, "" for nothing.

    A manifest object that is missing, altered or not signed with today's key is written again when the file itself
    is whole; so is one that was found damaged before no longer damaged.
    Raises StoreError when the store does not answer: that says nothing about the file.
    """
    progress = Progress() if progress is None else progress
    try:
        store = Store.resolve(file.storage)
        read_twice(file, store, progress)
    except (ArchiveDamaged, ImproperlyConfigured) as error:
        logger.error("archive is damaged", extra={"archive": file.path, "error": str(error)})
        file.found_damaged(str(error))
        return str(error)
    manifest = manifest_of(file)
    try:
        found = Manifest.from_json(store.read(file.manifest_path, MAX_MANIFEST))
    except (FileNotFoundError, ArchiveDamaged):
        found = None
    if found is None or found.unsigned() != manifest or not is_signed_with_current_key(found):
        if found is None or found.unsigned() != manifest or (found.signature and not is_signed(found)):
            logger.warning("a manifest was missing or altered: written again", extra={"archive": file.path})
        write_manifest(manifest, file.manifest_path, store)
    file.found_whole()
    return ""


def expired_files(days: int | None) -> list[ArchiveFile]:
    """Return the archives of days that are longer ago than the policy keeps them; none without a policy."""
    if days is None:
        return []
    states = [ArchiveState.STORED, ArchiveState.DAMAGED]
    before = database_now().date() - dt.timedelta(days=days)
    return list(ArchiveFile.objects.filter(state__in=states, day__lt=before).order_by("id"))


def expire_file(file: ArchiveFile, *, progress: Progress | None = None) -> None:
    """Remove an archive from its store; its row stays and says so. Events still in the database stay there."""
    progress = Progress() if progress is None else progress
    store = Store.resolve(file.storage)
    for changed in unmark_rows(file.pk):
        progress.step(0, unmarked=changed)
    store.delete(file.manifest_path)
    store.delete(file.path)
    file.expire()
    logger.warning(
        "archive expired, its events are removed",
        extra={"archive": file.path, "day": str(file.day), "events": file.count},
    )


def adopt(
    store: Store,
    location: str,
    *,
    unsigned: bool = False,
    refuse: Callable[[str, str], None] = lambda path, reason: None,
) -> Iterator[ArchiveFile]:
    """Yield an `ArchiveFile` for every manifest in a store that this database does not know.

    For a database that was lost, or set back: afterwards its archives can be verified and restored. A manifest
    that none of the site's keys has signed proves nothing, neither who wrote its archive nor that it is whole: it
    is left alone unless ``unsigned``. ``refuse`` is given each path that is left alone, and why.
    """

    def leave(path: str, reason: str) -> None:
        logger.warning("manifest left alone", extra={"archive": path, "reason": reason})
        refuse(path, reason)

    for path in store.list(location.strip("/")):
        if not path.endswith(".manifest.json"):
            continue
        try:
            manifest = Manifest.from_json(store.read(path, MAX_MANIFEST))
        except (ArchiveDamaged, StoreError, FileNotFoundError) as error:
            leave(path, f"is not a manifest that can be read ({error})")
            continue
        if path != f"{manifest.path}.manifest.json":
            leave(path, f"speaks of {manifest.path}")
        elif not is_signed(manifest) and not unsigned:
            how = (
                "is signed with a key that this site does not have" if manifest.signature else "is not signed"
            )
            leave(path, f"{how}, so nothing proves that its archive is ours")
        elif problem := _implausible(manifest):
            leave(path, problem)
        else:
            file, created = ArchiveFile.objects.adopt(store.name, manifest)
            if created:
                yield file


# Bytes; ours have about 300.
MAX_MANIFEST = 64 * 1024
MAX_PATH = ArchiveFile._meta.get_field("path").max_length or 0
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _implausible(manifest: Manifest) -> str:
    """Return why a manifest, whoever signed it, cannot be one of ours; "" if it can."""
    try:
        ArchiveFormat.of(manifest.path)
    except ValueError:
        return "speaks of a file whose format is none of ours"
    if len(manifest.path) > MAX_PATH or not _SHA256.fullmatch(manifest.sha256):
        return "speaks of a file that this database cannot record"
    limit = highest_ids()[EventLog]
    if not (0 < manifest.first_id <= manifest.last_id <= limit and 0 < manifest.count <= MAX_EVENTS_PER_FILE):
        return "speaks of events that were never given out"
    # One event more than fills a file may be in it.
    if not 0 < manifest.size <= 2 * (most := app_settings.ARCHIVE_MAX_FILE_BYTES + longest_line()):
        return "speaks of a file larger than any"
    return "" if 0 < manifest.text_size <= most else "speaks of a file larger than any"
