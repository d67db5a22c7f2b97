"""Group commit: callers that arrive while a flush is under way share the next one.

There is no waiting window: a flush starts as soon as the one before is done, so a lone caller waits for
nothing and a burst pays for one round trip together.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


class GroupFull(Exception):
    """More callers are waiting than the group has room for."""


class _Entry(Generic[T, R]):
    """An item, and how its result gets to whoever waits for it: a thread, a future, a coroutine or nobody."""

    __slots__ = ("future", "item", "lock", "loop", "result", "waiter")

    def __init__(self, item: T) -> None:
        self.item = item
        self.lock: threading.Lock | None = None
        self.result: R | Exception | None = None
        self.future: Future[R] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.waiter: asyncio.Future[R] | None = None


class GroupCommit(Generic[T, R]):
    """Runs ``flush`` on a thread of its own, with all items that have come in since it last ran.

    ``flush`` returns one result per item, in order; a result that is an exception is raised for its caller.
    When ``flush`` itself raises, every caller of the group gets that exception. ``on_stop`` runs last on the
    thread: what belongs to it, such as a connection, is closed there.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[T]], Sequence[R | Exception]],
        *,
        name: str,
        most: int = 256,
        most_waiting: int = 20_000,
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        self._flush = flush
        self._on_stop = on_stop
        self._name = name
        self._most = most
        self._most_waiting = most_waiting
        self._queue: SimpleQueue[_Entry[T, R] | None] = SimpleQueue()
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, item: T, timeout: float | None = None) -> R:
        """Return the item's result, or raise what became of it.

        Raises TimeoutError after ``timeout`` seconds, GroupFull when too many are waiting.
        """
        entry = self._entry(item)
        # A lock where a Future has a condition: a thread is woken with half the switches between threads.
        lock = entry.lock = threading.Lock()
        lock.acquire()
        self._enqueue(entry)
        if not lock.acquire(timeout=-1 if timeout is None else timeout):
            raise TimeoutError(f"{self._name} did not answer within {timeout} s")
        if isinstance(entry.result, Exception):
            raise entry.result
        return cast("R", entry.result)

    def put(self, item: T) -> Future[R]:
        """Hand over an item; its result is there when its group has been flushed."""
        entry = self._entry(item)
        future: Future[R] = Future()
        entry.future = future
        self._enqueue(entry)
        return future

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
        finally:
            handle.cancel()

    def post(self, item: T) -> None:
        """Hand over an item without waiting for its result."""
        self._enqueue(self._entry(item))

    def close(self, timeout: float = 5.0) -> None:
        """Flush what is waiting and stop the thread; the next `submit` starts another."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(None)
            thread.join(timeout)

    def _enqueue(self, entry: _Entry[T, R]) -> None:
        self._queue.put(entry)
        # After the put: a thread that stops looks once more for entries after it has said that it is gone.
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _entry(self, item: T) -> _Entry[T, R]:
        if self._queue.qsize() >= self._most_waiting:
            raise GroupFull(f"{self._name}: more than {self._most_waiting} items are waiting")
        return _Entry(item)

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

    def _next_group(self, stopping: bool) -> tuple[list[_Entry[T, R]], bool]:
        group: list[_Entry[T, R]] = []
        while len(group) < self._most:
            try:
                entry = self._queue.get(block=not group and not stopping)
            except Empty:
                break
            if entry is None:
                stopping = True
            else:
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
            results = self._flush([entry.item for entry in group])
            if len(results) != len(group):
                raise RuntimeError(f"{self._name}: {len(results)} results for {len(group)} items")
        except Exception as error:  # noqa: BLE001 - each caller gets it; this thread goes on
            results = [error] * len(group)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[R], R | Exception]]] = {}
        for entry, result in zip(group, results, strict=True):
            if entry.lock is not None:
                entry.result = result
                entry.lock.release()
            elif entry.loop is not None and entry.waiter is not None:
                by_loop.setdefault(entry.loop, []).append((entry.waiter, result))
            elif entry.future is not None and entry.future.set_running_or_notify_cancel():
                if isinstance(result, Exception):
                    entry.future.set_exception(result)
                else:
                    entry.future.set_result(result)
        for loop, settled in by_loop.items():
            try:
                loop.call_soon_threadsafe(_wake, settled)
            except RuntimeError:  # the loop was closed: its requests are gone, their rows are not
                logger.debug("%s: a loop closed before its results came", self._name)


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
