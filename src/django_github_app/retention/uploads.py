"""Stream bytes into a store while they are made."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

from django_github_app.errors import GitHubAppError

from .format import Packer
from .stores import Store

BLOCKS_AHEAD = 8


class StreamAborted(GitHubAppError):
    """The archive was not written to its end: whoever makes it failed."""


class Upload:
    """Write an object from bytes that the caller makes piece by piece, in its thread, with its connection.

    The storage reads in a thread of its own (boto3 reads in yet others, where a database connection of ours
    must not be used), from a queue of a few blocks. An error on either side ends the other: the storage sees
    a read that fails, and so publishes nothing; ``send`` raises what the storage raised.
    """

    def __init__(
        self,
        store: Store,
        path: str,
        *,
        packer: Packer | None = None,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """``packer`` compresses, in the storage's thread, so that both processors of a small machine work.

        ``waiting`` is called about once a second while the store is slower than the caller.
        """
        self._packer = packer
        self._blocks: queue.Queue[bytes | None] = queue.Queue(maxsize=BLOCKS_AHEAD)
        self._waiting = waiting
        self._failed: BaseException | None = None
        self._rest = b""
        self._ended = self._aborted = False
        self._thread = threading.Thread(
            target=self._run, args=(store, path), name="archive-upload", daemon=True
        )

    def __enter__(self) -> Upload:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self._aborted = True
            with contextlib.suppress(queue.Full):
                self._blocks.put_nowait(None)
            self._thread.join(60)
            return
        try:
            self._put(None)
            while self._thread.is_alive():
                self._thread.join(1)
                self._waiting()
        except BaseException:
            self._aborted = True
            raise
        if self._failed is not None:
            raise self._failed

    def send(self, data: bytes) -> None:
        """Pass bytes on to the store. Raises StoreError when it has failed."""
        if data:
            self._put(data)

    def read(self, size: int = -1, /) -> bytes:
        """Called by the storage."""
        if size < 0:
            size = 2**62
        parts, length = [self._rest], len(self._rest)
        while length < size and not self._ended:
            block = self._next()
            self._ended = block is None
            if self._packer is not None:
                block = self._packer.finish() if block is None else self._packer.pack(block)
            parts.append(block or b"")
            length += len(parts[-1])
        data = b"".join(parts)
        self._rest = data[size:]
        return data[:size]

    def _next(self) -> bytes | None:
        while True:
            if self._aborted:
                raise StreamAborted
            with contextlib.suppress(queue.Empty):
                block = self._blocks.get(timeout=0.5)
                if self._aborted:
                    raise StreamAborted
                return block

    def _put(self, block: bytes | None) -> None:
        while True:
            if self._failed is not None:
                raise self._failed
            with contextlib.suppress(queue.Full):
                self._blocks.put(block, timeout=1)
                return
            self._waiting()

    def _run(self, store: Store, path: str) -> None:
        from django.db import connections

        try:
            store.write(path, self)
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            self._failed = error
        finally:
            connections.close_all()  # a storage that keeps files in the database opened one of this thread
