"""One archive file in the making: rows go in, a file that the store gave back whole comes out."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading

from django.db import connections

from django_github_app import probes
from django_github_app.models import ArchiveFile

from .format import ArchiveWriter, Packer
from .reading import Group, events_of
from .records import ArchiveDamaged, ArchiveFormat, Manifest
from .settling import Stamps
from .stores import Store
from .uploads import StreamAborted, Upload
from .verification import check, write_manifest

logger = logging.getLogger(__name__)

MAX_EVENTS_PER_FILE = 100_000
GROUPS_AHEAD = 2
NAP = 0.5


class FileBuilder:
    """Encode rows, upload them, read the file back and write its manifest, while the caller does other things.

    It has a thread that encodes, and reads back when the upload is done; compressing and sending is done by the
    thread of `Upload`. Neither uses the database: the caller reads the rows, and deletes them afterwards.
    What fails in a thread is raised by the caller's next call.
    """

    def __init__(self, file: ArchiveFile, store: Store, *, max_bytes: int) -> None:
        """``max_bytes`` of text end the file, as `MAX_EVENTS_PER_FILE` do."""
        self.stamps = Stamps()
        self.manifest: Manifest | None = None
        self._path, self._manifest_path, self._day = file.path, file.manifest_path, file.day
        self._store = store
        self._max_bytes = max_bytes
        self._writer = ArchiveWriter(ArchiveFormat.of(file.path))
        self._groups: queue.Queue[Group | None] = queue.Queue(GROUPS_AHEAD)
        self._written, self._over = threading.Event(), threading.Event()
        self._stopped = False
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="archive-file", daemon=True)
        self._thread.start()

    @property
    def last_id(self) -> int:
        """The last event in it so far."""
        return self._writer.last_id or 0

    def offer(self, group: Group | None, timeout: float = 0.0) -> bool:
        """Hand over the next rows, None for the end; return False if there was no room for them in time."""
        self._raise_failure()
        with contextlib.suppress(queue.Full):
            self._groups.put(group, block=timeout > 0, timeout=timeout or None)
            return True
        return False

    def written(self, timeout: float = 0.0) -> bool:
        """Return whether the file takes no more rows: it is full, or was given its end and has got there."""
        written = self._written.wait(timeout)
        self._raise_failure()
        return written

    def verified(self, timeout: float = 0.0) -> bool:
        """Return whether the file, and its manifest, came back from the store as they were sent."""
        over = self._over.wait(timeout)
        self._raise_failure()
        return over

    def stop(self) -> None:
        """Give up; the store publishes nothing that is not whole. Waits for the threads, but not for ever."""
        self._stopped = True
        self._thread.join(60)
        if self._thread.is_alive():
            logger.error(
                "the store does not let go of an archive",
                extra={"store": self._store.name, "archive": self._path},
            )

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            self._make()
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            self._failed = error
        finally:
            self._written.set()
            self._over.set()
            self._forget_groups()
            connections.close_all()  # a storage that keeps files in the database opened one of this thread

    def _make(self) -> None:
        writer, packer = self._writer, Packer(self._writer.format)
        with Upload(self._store, self._path, packer=packer, waiting=self._go_on) as upload:
            while not self._is_full() and (group := self._next()) is not None:
                for event in events_of(group):
                    upload.send(writer.write(event))
                    self.stamps.append(event)
                    if self._is_full():
                        break
            self._written.set()
            self._forget_groups()
            upload.send(writer.close())
        if writer.first_id is None or writer.last_id is None:
            raise ArchiveDamaged(f"{self._path} was given no events")
        manifest = Manifest(
            path=self._path,
            day=self._day,
            first_id=writer.first_id,
            last_id=writer.last_id,
            count=writer.count,
            size=packer.size,
            text_size=writer.text_size,
            sha256=packer.sha256,
        )
        check(manifest, self._store, self._go_on)
        write_manifest(manifest, self._manifest_path, self._store)
        self.manifest = manifest
        if (sink := probes.sink) is not None:
            sink(("archive", packer.size))

    def _is_full(self) -> bool:
        return self._writer.text_size >= self._max_bytes or self._writer.count >= MAX_EVENTS_PER_FILE

    def _next(self) -> Group | None:
        while True:
            self._go_on()
            with contextlib.suppress(queue.Empty):
                return self._groups.get(timeout=NAP)

    def _forget_groups(self) -> None:
        """Make room for a caller that waits to hand over more than the file takes."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._groups.get_nowait()

    def _go_on(self) -> None:
        if self._stopped:
            raise StreamAborted


__all__ = ["FileBuilder"]
