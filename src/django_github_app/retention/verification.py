"""Read archive files back out of their store, and compare them with what is known of them."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable

from django_github_app.models import ArchiveFile

from .format import Digest, LineMarks, count_events, read_stamps
from .progress import Progress
from .records import ArchiveDamaged, ArchiveFormat, Manifest
from .settling import Stamps
from .signing import signed
from .stores import Store

logger = logging.getLogger(__name__)

STEP_EVENTS = 500


def write_manifest(manifest: Manifest, path: str, store: Store) -> None:
    """Sign the manifest, write it as an object, and read it back."""
    text = signed(manifest).to_json()
    store.write(path, io.BytesIO(text))
    if store.read(path) != text:
        raise ArchiveDamaged(f"{path} came back from the store {store.name} altered")


def read_twice(file: ArchiveFile, store: Store, progress: Progress) -> tuple[Stamps, LineMarks]:
    """As `read_back`, but a file is not called damaged for one wrong read: it is read again before."""
    try:
        return read_back(file, store, progress)
    except ArchiveDamaged as error:
        logger.warning(
            "archive is read again before it is called damaged",
            extra={"archive": file.path, "error": str(error)},
        )
    return read_back(file, store, progress)


def read_back(file: ArchiveFile, store: Store, progress: Progress) -> tuple[Stamps, LineMarks]:
    """Read a recorded file and return what it holds, and how to tell that it holds the same when it is read again.

    Raises ArchiveDamaged if it is not what was recorded.
    """
    stamps, marks = Stamps(), LineMarks()
    manifest = manifest_of(file)

    def each_line(digest: Digest, kind: ArchiveFormat) -> int:
        for stamp in read_stamps(digest, kind, most=manifest.text_size, marks=marks):
            if len(stamps) == manifest.count:
                raise ArchiveDamaged(f"it holds more than the {manifest.count} events of its manifest")
            try:
                stamps.append(stamp)
            except (KeyError, OverflowError, TypeError) as error:
                raise ArchiveDamaged(
                    f"event {stamp.id} has a state, number or moment that none has"
                ) from error
            if len(stamps) % STEP_EVENTS == 0:
                progress.step()
        return len(stamps)

    check(manifest, store, progress.step, count=each_line)
    ends = (stamps.ids[0], stamps.ids[-1]) if stamps else None
    if ends != (manifest.first_id, manifest.last_id):
        raise ArchiveDamaged(f"{manifest.path} holds the events {ends}, not those of its manifest")
    return stamps, marks


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
    told: Callable[[], None],
    *,
    count: Callable[[Digest, ArchiveFormat], int] = count_events,
) -> None:
    """Read a file out of the store and compare size, SHA-256 and count. Raises ArchiveDamaged.

    ``told`` is called for each block; it may raise to end the reading.
    """
    try:
        with store.open(manifest.path) as source:
            digest = Digest(source, told, most=manifest.size)
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


__all__ = ["check", "manifest_of", "read_back", "read_twice", "write_manifest"]
