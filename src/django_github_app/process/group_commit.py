"""Group commit: callers that arrive while a flush is under way share the next one.

There is no waiting window for whoever waits: a flush starts as soon as the one before is done, so a lone caller waits
for nothing and a burst pays for one round trip together.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


class GroupFull(Exception):
    """More callers are waiting than the group has room for."""


class Pending(Generic[R]):
    """A result that is not there yet: a Future for one waiter, at a fraction of its cost.

    A Future has a condition where this has a lock, and a thread is woken by it with half the changes between threads.
    """

    __slots__ = ("_abandon", "_lock", "_outcome", "_whose")

    def __init__(self, whose: str, abandon: Callable[[], None] | None = None) -> None:
        self._whose = whose
        self._abandon = abandon
        self._outcome: R | Exception
        self._lock = threading.Lock()
        self._lock.acquire()

    def done(self) -> bool:
        return not self._lock.locked()

    def succeeded(self) -> bool:
        """Return whether the result is there and is no exception."""
        return not self._lock.locked() and not isinstance(self._outcome, Exception)

    def result(self, timeout: float | None = None) -> R:
        """Wait for the result and return it, or raise what became of it; TimeoutError after ``timeout`` seconds.

        What timed out before its group was made up is dropped: whoever asked for it has been told that it failed.
        """
        if not self._lock.acquire(timeout=-1 if timeout is None else timeout):
            if self._abandon is not None:
                self._abandon()
            raise TimeoutError(f"{self._whose} did not answer within {timeout} s")
        self._lock.release()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def settle(self, outcome: R | Exception) -> None:
        """Say what became of it, once."""
        self._outcome = outcome
        self._lock.release()


class _Entry(Generic[T, R]):
    """An item, and how its result gets to whoever waits for it: a thread, a coroutine or nobody."""

    __slots__ = ("abandoned", "item", "loop", "patient", "pending", "size", "taken", "waiter")

    def __init__(self, item: T, size: int) -> None:
        self.item: T | None = item
        self.size = size
        self.taken = False
        self.abandoned = False
        self.patient = False
        self.pending: Pending[R] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.waiter: asyncio.Future[R] | None = None


MANY = 8
"""Items in a group after which its thread rests, so that the next group is as large: while there is much to do."""


class GroupCommit(Generic[T, R]):
    """Runs ``flush`` on a thread of its own, with all items that have come in since it last ran.

    ``flush`` returns one result per item, in order; a result that is an exception is raised for its caller.
    When ``flush`` itself raises, every caller of the group gets that exception. ``on_stop`` runs last on the
    thread: what belongs to it, such as a connection, is closed there. A group of items for which nobody waits yet
    (`put` with ``patient``) is held open for ``patience`` seconds, or until an item comes for which someone does.
    After a group of `MANY` the thread rests for ``rest`` seconds: what comes meanwhile shares a group.
    At most ``most_waiting`` items wait, and ``most_bytes`` as ``size`` measures them; an item for which `submit` or
    `asubmit` gave up waiting is forgotten.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[T]], Sequence[R | Exception]],
        *,
        name: str,
        most: int = 256,
        most_waiting: int = 20_000,
        patience: float = 0.0,
        rest: float = 0.0,
        on_stop: Callable[[], None] | None = None,
        size: Callable[[T], int] | None = None,
        most_bytes: int = 0,
    ) -> None:
        self._flush = flush
        self._on_stop = on_stop
        self._name = name
        self._most = most
        self._most_waiting = most_waiting
        self._patience = patience
        self._rest = rest
        self._size = size
        self._most_bytes = most_bytes
        self._bytes = 0
        self._account = threading.Lock()
        self._hurry = threading.Event()
        self._queue: SimpleQueue[_Entry[T, R] | None] = SimpleQueue()
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, item: T, timeout: float | None = None) -> R:
        """Return the item's result, or raise what became of it.

        Raises TimeoutError after ``timeout`` seconds, GroupFull when too many are waiting.
        """
        entry = self._entry(item)
        pending = entry.pending = Pending(self._name, lambda: self._abandon(entry))
        self._enqueue(entry)
        return pending.result(timeout)

    def put(self, item: T, *, patient: bool = False) -> Pending[R]:
        """Hand over an item; its result is there when its group has been flushed.

        ``patient`` says that nobody waits for it yet: its group may stay open for more.
        """
        entry = self._entry(item)
        pending = entry.pending = Pending(self._name)
        entry.patient = patient
        self._enqueue(entry)
        return pending

    async def asubmit(self, item: T, timeout: float | None = None) -> R:
        """As `submit`, for a coroutine."""
        entry = self._entry(item)
        entry.loop = asyncio.get_running_loop()
        entry.waiter = entry.loop.create_future()
        self._enqueue(entry)
        if timeout is None:
            return await entry.waiter
        # Cheaper than asyncio.wait_for, which makes a timer and a context for what nearly never happens.
        handle = entry.loop.call_later(timeout, _expire, entry.waiter, f"{self._name} did not answer in time")
        try:
            return await entry.waiter
        except TimeoutError:
            self._abandon(entry)
            raise
        finally:
            handle.cancel()

    def post(self, item: T) -> None:
        """Hand over an item without waiting for its result."""
        self._enqueue(self._entry(item))

    def waiting(self) -> int:
        """Return how many items wait for their flush."""
        return self._queue.qsize()

    def close(self, timeout: float = 5.0) -> None:
        """Flush what is waiting and stop the thread; the next `submit` starts another."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(None)
            self._hurry.set()
            thread.join(timeout)

    def _enqueue(self, entry: _Entry[T, R]) -> None:
        self._queue.put(entry)
        # After the put: whoever clears it looks into the queue afterwards.
        if not entry.patient and self._patience and not self._hurry.is_set():
            self._hurry.set()
        # After the put: a thread that stops looks once more for entries after it has said that it is gone.
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _entry(self, item: T) -> _Entry[T, R]:
        if self._queue.qsize() >= self._most_waiting:
            raise GroupFull(f"{self._name}: more than {self._most_waiting} items are waiting")
        size = 0
        if self._size is not None:
            size = self._size(item)
            with self._account:
                if self._bytes and self._bytes + size > self._most_bytes:
                    raise GroupFull(f"{self._name}: more than {self._most_bytes} bytes are waiting")
                self._bytes += size
        return _Entry(item, size)

    def _take(self, entry: _Entry[T, R]) -> bool:
        """Return whether somebody still waits for the entry, which is from now on part of a group."""
        with self._account:
            entry.taken = True
            return not entry.abandoned

    def _abandon(self, entry: _Entry[T, R]) -> None:
        with self._account:
            if not entry.taken and not entry.abandoned:
                entry.abandoned = True
                # The waiter too: its exception refers to the frames that it went through, and they to the item.
                entry.item = entry.waiter = None
                self._bytes -= entry.size

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        stopping = False
        while not (stopping and self._has_stopped()):
            group, stopping = self._next_group(stopping)
            if group:
                self._settle(group)
                if self._rest and len(group) >= MANY and not stopping:
                    time.sleep(self._rest)

    def _next_group(self, stopping: bool) -> tuple[list[_Entry[T, R]], bool]:
        group: list[_Entry[T, R]] = []
        patient = self._patience > 0
        self._hurry.clear()
        while len(group) < self._most:
            try:
                entry = self._queue.get(block=not group and not stopping)
            except Empty:
                if stopping or not patient or not all(entry.patient for entry in group):
                    break
                patient = False
                self._hurry.wait(self._patience)
                continue
            if entry is None:
                stopping = True
            elif self._take(entry):
                group.append(entry)
        return group, stopping

    def _has_stopped(self) -> bool:
        with self._start_lock:
            if not self._queue.empty():
                return False
            thread, self._thread = self._thread, None
            if not self._queue.empty():
                self._thread = thread
                return False
        if self._on_stop is not None:
            self._on_stop()
        return True

    def _settle(self, group: list[_Entry[T, R]]) -> None:
        results: Sequence[R | Exception]
        try:
            results = self._flush([cast("T", entry.item) for entry in group])
            if len(results) != len(group):
                raise RuntimeError(f"{self._name}: {len(results)} results for {len(group)} items")
        except Exception as error:  # noqa: BLE001 - each caller gets it; this thread goes on
            results = [error] * len(group)
        if self._size is not None:
            with self._account:
                self._bytes -= sum(entry.size for entry in group)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[R], R | Exception]]] = {}
        for entry, result in zip(group, results, strict=True):
            if entry.pending is not None:
                entry.pending.settle(result)
            elif entry.loop is not None and entry.waiter is not None:
                by_loop.setdefault(entry.loop, []).append((entry.waiter, result))
        for loop, settled in by_loop.items():
            try:
                loop.call_soon_threadsafe(_wake, settled)
            except RuntimeError:  # the loop was closed: its requests are gone, their rows are not
                logger.debug("a loop closed before its results came", extra={"group": self._name})


def _wake(settled: list[tuple[asyncio.Future[R], R | Exception]]) -> None:
    for waiter, result in settled:
        if waiter.done():
            continue
        if isinstance(result, Exception):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)


def _expire(waiter: asyncio.Future[R], message: str) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError(message))
