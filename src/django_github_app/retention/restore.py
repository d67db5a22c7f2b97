"""Read archives: search them, bring events back, check them, let them expire."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.db import DataError
from django.db.models import QuerySet

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
from .format import longest_line, read_events
from .progress import Progress
from .records import ArchiveDamaged, ArchivedEvent, ArchiveFormat, Manifest
from .settling import unmark_rows
from .signing import is_signed, is_signed_with_current_key
from .stores import Store, StoreError
from .verification import manifest_of, read_twice, write_manifest

logger = logging.getLogger(__name__)

BATCH_EVENTS = 500
BATCH_BYTES = 4 * 1024 * 1024


class NothingArchived(GitHubAppError):
    """No archive file matches what was asked for. ``manage.py github archives`` lists them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of which archives. Empty: all of them."""

    files: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    deliveries: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("since", "until"):
            if values[name] is not None:
                values[name] = values[name].isoformat()
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        values = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        for name in ("since", "until"):
            if values.get(name):
                values[name] = dt.date.fromisoformat(values[name])
        return cls(**values)

    def archive_files(self, *, damaged: bool = False) -> list[ArchiveFile]:
        """Return the files that may hold such events, the newest state of an event first.

        ``damaged``: those that were found damaged too. Raises NothingArchived.
        """
        found = ArchiveFile.objects.readable().order_by("-id")
        if damaged:
            found |= ArchiveFile.objects.filter(state=ArchiveState.DAMAGED)
        files = list(self._narrowed(found))
        if not files:
            raise NothingArchived
        return files

    def damaged_files(self) -> list[ArchiveFile]:
        """Return the files that may hold such events and were found damaged: what they hold is missing.

        Not those that were given up before they were whole, whose events are still in the database.
        """
        return list(self._narrowed(ArchiveFile.objects.filter(state=ArchiveState.DAMAGED).exclude(sha256="")))

    def _narrowed(self, found: QuerySet[ArchiveFile]) -> QuerySet[ArchiveFile]:
        if self.files:
            found = found.filter(pk__in=self.files)
        if self.paths:
            found = found.filter(path__in=self.paths)
        if self.since is not None:
            found = found.filter(day__gte=self.since)
        if self.until is not None:
            found = found.filter(day__lte=self.until)
        if self.ids:
            found = found.filter(first_id__lte=max(self.ids), last_id__gte=min(self.ids))
        return found

    def matches(self, event: ArchivedEvent) -> bool:
        """Say whether an archived event is meant."""
        if not (
            _among(event.delivery, self.deliveries)
            and _among(event.repository, self.repositories)
            and _among(event.sender, self.senders)
            and _among(event.status, self.statuses)
            and (not self.ids or event.id in self.ids)
        ):
            return False
        names = (event.event, f"{event.event}.{event.action}")
        if self.events and not any(name in self.events for name in names):
            return False
        if not self.text:
            return True
        content = event.body if event.body is not None else (event.legacy or "").encode()
        return self.text.casefold() in content.decode(errors="replace").casefold()


def _among(value: str | None, wanted: Collection[str]) -> bool:
    return not wanted or (value is not None and value.casefold() in {w.casefold() for w in wanted})


def search(
    which: Filter, *, limit: int | None = None, progress: Progress | None = None
) -> Iterator[tuple[ArchiveFile, ArchivedEvent]]:
    """Yield matching events out of the archives, without restoring them."""
    progress = Progress() if progress is None else progress
    found = 0
    for file in which.archive_files():
        for event in _events(file, progress):
            if which.matches(event):
                yield file, event
                found += 1
                if found == limit:
                    return


def _events(file: ArchiveFile, progress: Progress) -> Iterator[ArchivedEvent]:
    try:
        with Store.resolve(file.storage).open(file.path) as source:
            events = read_events(source, ArchiveFormat.of(file.path), most=file.text_size)
            for number, event in enumerate(events, 1):
                if number % 1000 == 0:
                    progress.step()
                yield event
    except FileNotFoundError as error:
        raise ArchiveDamaged(f"{file.path} is missing from the store {file.storage}") from error


@dataclass(slots=True)
class Restored:
    """What a restore did: events brought back, already there, and whose id belongs to another event now."""

    restored: int = 0
    present: int = 0
    taken: int = 0
    ids: list[int] = field(default_factory=list)


def restore_file(
    file: ArchiveFile,
    which: Filter,
    *,
    progress: Progress | None = None,
    on_batch: Callable[[list[int]], None] | None = None,
) -> Restored:
    """Bring the matching events of one archive back; what is there already stays as it is.

    The file is checked first: nothing comes out of a damaged one. ``on_batch`` is given the ids of every batch
    that was inserted, after its commit; and of those events that an earlier run brought back before it was
    interrupted, and nobody has processed since. Raises ArchiveDamaged, StoreError.
    """
    progress = Progress() if progress is None else progress
    try:
        read_twice(file, Store.resolve(file.storage), progress)
        return _restore(file, which, progress, on_batch)
    except ArchiveDamaged as error:
        file.found_damaged(str(error))
        raise


def _restore(
    file: ArchiveFile, which: Filter, progress: Progress, on_batch: Callable[[list[int]], None] | None
) -> Restored:
    limits = highest_ids()
    result = Restored()

    def add(batch: list[ArchivedEvent]) -> None:
        if problem := check_restorable(batch, limits):
            raise ArchiveDamaged(f"{file.path}: {problem}")
        try:
            inserted = insert_restored(batch, file.pk)
        except (DataError, ValueError) as error:
            raise ArchiveDamaged(f"{file.path} holds an event that cannot be a row: {error}") from error
        _add(result, inserted, progress)
        if on_batch is not None:
            ids = [*inserted.inserted, *restored_and_not_processed(inserted.present, file.pk)]
            if ids:
                on_batch(ids)
                progress.step(reprocessed=len(ids))

    batch: list[ArchivedEvent] = []
    size = 0
    for event in _events(file, progress):
        try:
            if not which.matches(event):
                continue
            size += len(event.body or b"")
        except ValueError as error:
            raise ArchiveDamaged(f"{file.path}: the body of event {event.id} cannot be decoded") from error
        batch.append(event)
        if len(batch) >= BATCH_EVENTS or size >= BATCH_BYTES:
            add(batch)
            batch, size = [], 0
    if batch:
        add(batch)
    if result.taken:
        logger.warning(
            "events were not restored: their ids belong to other events now",
            extra={"archive": file.path, "events": result.taken},
        )
    return result


def _add(result: Restored, inserted: Inserted, progress: Progress) -> None:
    result.restored += len(inserted.inserted)
    result.present += len(inserted.present)
    result.taken += len(inserted.taken)
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


def _implausible(manifest: Manifest) -> str:
    """Return why a manifest, whoever signed it, cannot be one of ours; "" if it can."""
    limit = highest_ids()[EventLog]
    if not (0 < manifest.first_id <= manifest.last_id <= limit and 0 < manifest.count <= MAX_EVENTS_PER_FILE):
        return "speaks of events that were never given out"
    # One event more than fills a file may be in it.
    if not 0 < manifest.size <= 2 * (most := app_settings.ARCHIVE_MAX_FILE_BYTES + longest_line()):
        return "speaks of a file larger than any"
    return "" if 0 < manifest.text_size <= most else "speaks of a file larger than any"
