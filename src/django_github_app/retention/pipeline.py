"""Archive files in hand: one is written while the one before it is read back and its rows go.

All work with the database is done here, in the caller's thread: rows are read for the newer file and deleted for the
older one by turns. Encoding, compressing, sending and reading back is done by the threads of `Making`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self

from django_github_app.conf import app_settings
from django_github_app.models import ArchiveFile

from .file_builder import FileBuilder
from .progress import Progress
from .reading import Group, Held, Selection
from .settling import Stamps, delete_rows, mark_rows
from .stores import Store
from .throttle import Throttle

logger = logging.getLogger(__name__)

IN_HAND = 2
NAP = 0.2
SHORT = 0.02


@dataclass(slots=True)
class InHand:
    """A file between its first row and the end of its rows."""

    file: ArchiveFile
    builder: FileBuilder | None
    batches: Iterator[bool] | None = None


class Pipeline:
    """A context manager; leaving it with files in hand gives them up, for the next run to finish."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._throttle = Throttle()
        self._in_hand: deque[InHand] = deque()
        self._settled: list[ArchiveFile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._in_hand:
            if one.builder is not None:
                one.builder.stop()

    def held(self) -> list[Held]:
        """Return which rows are spoken for."""
        return [Held(one.file.day, one.builder.last_id) for one in self._in_hand if one.builder is not None]

    def settled(self) -> Iterator[ArchiveFile]:
        """Yield the files that were settled since the last call."""
        while self._settled:
            yield self._settled.pop(0)

    def make_room(self) -> None:
        """Settle the oldest file if there are as many in hand as there may be."""
        while len(self._in_hand) >= IN_HAND:
            self._work_or_wait()

    def make(self, file: ArchiveFile, selection: Selection, store: Store) -> None:
        """Fill a file with what is selected, until it has all or is full; what is left to do is done by and by.

        A file for which there is nothing (left) to write goes, with what an earlier run wrote of it.
        """
        self.make_room()
        groups = self._throttle.each(selection.groups(file.first_id - 1))
        group = next(groups, None)
        if group is None:
            store.delete(file.manifest_path)
            store.delete(file.path)
            file.delete()
            return
        builder = FileBuilder(file, store, max_bytes=app_settings.ARCHIVE_MAX_FILE_BYTES)
        one = InHand(file, builder)
        self._in_hand.append(one)
        while self._pass_on(one, builder, group) and group is not None:
            group = next(groups, None)
        while not self._ask(one, partial(builder.written, SHORT)):
            self._work()
            self.progress.step()

    def take(self, file: ArchiveFile, stamps: Stamps) -> None:
        """Take a file that is verified: its rows are to be settled."""
        self._in_hand.append(InHand(file, None, self._settling(file, stamps)))

    def finish(self) -> None:
        """Settle all files in hand."""
        while self._in_hand:
            self._work_or_wait()

    def _pass_on(self, one: InHand, builder: FileBuilder, group: Group | None) -> bool:
        """Hand rows over as soon as there is room, and work on older files meanwhile; False: it takes no more."""
        while not self._ask(one, builder.written):
            self.progress.step()
            if self._ask(one, partial(builder.offer, group)):
                return True
            if not self._work() and self._ask(one, partial(builder.offer, group, NAP)):
                return True
        return False

    def _work_or_wait(self) -> None:
        if not self._work(NAP):
            self.progress.step()

    def _work(self, seconds: float = 0.0) -> bool:
        """Do the next bit for the oldest file; False: there was none, not within ``seconds`` either."""
        oldest = self._in_hand[0]
        if oldest.batches is None:
            builder = oldest.builder
            if builder is None or not self._ask(oldest, partial(builder.verified, seconds)):
                return False
            assert builder.manifest is not None  # noqa: S101  # verified
            oldest.file.record(builder.manifest)
            oldest.batches = self._settling(oldest.file, builder.stamps)
        if next(oldest.batches, False) is False:
            self._settled.append(self._in_hand.popleft().file)
        return True

    def _ask(self, one: InHand, question: Callable[[], bool]) -> bool:
        """Ask the file in the making, and note in the catalogue what went wrong with it."""
        try:
            return question()
        except Exception as error:
            one.file.found_damaged(f"{type(error).__name__}: {error}")
            raise

    def _settling(self, file: ArchiveFile, stamps: Stamps) -> Iterator[bool]:
        return self._throttle.each(settle(file, stamps, self.progress))


def settle(file: ArchiveFile, stamps: Stamps, progress: Progress) -> Iterator[bool]:
    """Delete, or mark, exactly the rows that a verified file holds and that have not changed since.

    Yields after each small transaction.
    """
    batches = delete_rows(stamps, mark=file.pk) if file.delete_rows else mark_rows(stamps, file.pk)
    settled = 0
    for read, changed in batches:
        settled += changed
        progress.step(read, deleted=changed if file.delete_rows else 0)
        yield True
    if settled < file.count:
        logger.info(
            "events had changed or gone since they were archived, and were left as they are",
            extra={"archive": file.path, "left": file.count - settled, "events": file.count},
        )
    file.settle()
    progress.step(archived=file.count, files=file.path)
    logger.info("events archived", extra={"archive": file.path, "store": file.storage, "events": file.count})


__all__ = ["Pipeline", "settle"]
