"""Threads for synchronous callbacks outside the main thread: one that is free, or a new one, at once.

A callback's clock starts when the callback does, so nobody waits in a queue here; whoever wants fewer of them at a
time waits before (`Permit`). A thread cannot be killed. `Running.interrupt` raises an exception in it, which ends
Python code but not a call that is waiting inside of C; such a thread is left behind and another takes its place.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connections

from django_github_app.errors import CallbackUnstoppable, HandlerTimeout, RetryLater, RunInterrupted
from django_github_app.process.per_process import PerProcess

__all__ = ["NoThreadFree", "Permit", "Running", "start", "wait_for"]

THREADS = 32  # synchronous callbacks that an async worker runs at the same time
IDLE = 60.0  # seconds after which a thread that nobody needed ends, and its database connections with it
PATIENCE_FOR_A_THREAD = 60.0  # seconds after which an event that waits for one of them is given back

_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


class NoThreadFree(RetryLater):
    """All threads for synchronous callbacks were busy for too long; this one was not started."""


class Running:
    """One call in a thread, and what became of it: ``value`` or ``error``, once `wait` says so."""

    def __init__(self, call: Callable[[], Any], on_end: Callable[[], None] | None = None) -> None:
        self._call = call
        self._on_end = on_end
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread_id: int | None = None
        self._interrupted = False
        self.value: Any = None
        self.error: BaseException | None = None

    def wait(self, seconds: float) -> bool:
        """Wait until the call has ended; return whether it has."""
        return self._ended.wait(seconds)

    def has_ended(self) -> bool:
        return self._ended.is_set()

    def result(self) -> Any:
        """Return what the call returned or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self.value

    def interrupt(self, error: type[BaseException] = HandlerTimeout) -> None:
        """Raise ``error`` in the call, unless it has ended."""
        with self._lock:
            if self._thread_id is not None:
                self._interrupted = True
                _raise_in(ctypes.c_ulong(self._thread_id), ctypes.py_object(error))

    def run(self) -> None:
        try:
            with self._lock:
                self._thread_id = threading.get_ident()
            self.value = self._call()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            self.error = error
        finally:
            self._end()

    def _end(self) -> None:
        while self._thread_id is not None:
            try:
                with self._lock:
                    if self._interrupted:
                        _raise_in(ctypes.c_ulong(threading.get_ident()), None)  # what has not been raised yet
                    self._thread_id = None
            except (HandlerTimeout, RunInterrupted):  # it was on its way when the call ended
                continue
        self._ended.set()
        if self._on_end is not None:
            self._on_end()


class _Threads:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Running]] = []
        self._made = 0

    def start(self, running: Running) -> None:
        with self._lock:
            # The one used last: its database connection is the youngest.
            inbox = self._idle.pop() if self._idle else None
            if inbox is None:
                self._made += 1
                name = f"github-callback_{self._made}"
        if inbox is None:
            inbox = SimpleQueue()
            # A daemon: a call that never ends must not keep the process from ending.
            threading.Thread(target=self._serve, args=(inbox,), name=name, daemon=True).start()
        inbox.put(running)

    def _serve(self, inbox: SimpleQueue[Running]) -> None:
        while (running := self._next(inbox)) is not None:
            running.run()
            del running
            with self._lock:
                self._idle.append(inbox)
        connections.close_all()

    def _next(self, inbox: SimpleQueue[Running]) -> Running | None:
        """Return what this thread is to run; None when it was idle for too long, and nobody has it any more."""
        try:
            return inbox.get(timeout=IDLE)
        except Empty:
            with self._lock:
                if inbox in self._idle:
                    self._idle.remove(inbox)
                    return None
        # Somebody took it at the last moment.
        return inbox.get()


_process = PerProcess(_Threads)


def start(call: Callable[[], Any], on_end: Callable[[], None] | None = None) -> Running:
    """Run a call in a thread, now; ``on_end`` is called in that thread when the call has ended."""
    running = Running(call, on_end)
    _process.get().start(running)
    return running


def wait_for(running: Running, limit: float, grace: float) -> None:
    """Wait in this thread until a call has ended, and end it after ``limit`` seconds.

    Raises CallbackUnstoppable for one that goes on ``grace`` seconds after that.
    """
    try:
        ended = running.wait(limit)
        if not ended:
            running.interrupt()
            ended = running.wait(grace)
    except BaseException:  # what ends this worker ends its callbacks
        running.interrupt()
        raise
    if not ended:
        raise CallbackUnstoppable


class Permit:
    """The right to one of the `THREADS` threads of a loop, given back when the thread is free again."""

    _gate: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop, gate: asyncio.Semaphore) -> None:
        self._loop = loop
        self._semaphore = gate
        self._released = False
        self._ended: asyncio.Future[None] = loop.create_future()

    @classmethod
    async def get(cls) -> Permit:
        """Wait for a free thread. Raises `NoThreadFree` in the end."""
        loop = asyncio.get_running_loop()
        if cls._gate is None or cls._gate[0] is not loop:
            cls._gate = (loop, asyncio.Semaphore(THREADS))
        gate = cls._gate[1]
        if gate.locked():
            try:
                async with asyncio.timeout(PATIENCE_FOR_A_THREAD):
                    await gate.acquire()
            except TimeoutError:
                raise NoThreadFree(seconds=5) from None
        else:
            await gate.acquire()  # at once
        return cls(loop, gate)

    def thread_ended(self) -> None:
        """Wake who waits and give the permit back; called in the thread."""
        with suppress(RuntimeError):  # the loop was closed
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self.release()
        if not self._ended.done():
            self._ended.set_result(None)

    def release(self) -> None:
        if not self._released:
            self._released = True
            self._semaphore.release()

    async def wait(self, seconds: float) -> bool:
        """Wait for the end of what runs in the thread; return whether it came."""
        if not self._ended.done():
            await asyncio.wait((self._ended,), timeout=seconds)
        return self._ended.done()
