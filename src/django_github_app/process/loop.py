"""One long-lived event loop per process, in a thread of its own.

Everything asynchronous that a synchronous worker needs runs here: an HTTP connection pool belongs to the loop
it was opened on, and a loop per call costs ten times as much as one that stays.

asyncio lets SystemExit and KeyboardInterrupt out of `run_forever`, and a callback may stop the loop it runs on. The
thread runs the loop again then: nobody but `stop_loop` ends it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from .per_process import PerProcess

T = TypeVar("T")

logger = logging.getLogger(__name__)

# How often whoever waits for a coroutine looks whether the loop's thread is still there.
LOOK_EVERY = 2.0

_closers: list[Callable[[], Coroutine[Any, Any, None]]] = []


class LoopGone(RuntimeError):
    """The thread of the process's event loop has ended; what ran on the loop will never finish."""


@dataclass(slots=True, eq=False)
class _Running:
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    stopping: bool = False
    abandoned: bool = False

    @classmethod
    def start(cls) -> _Running:
        loop = asyncio.new_event_loop()
        running = cls(loop, threading.current_thread())
        running.thread = threading.Thread(target=running.serve, name="github-loop", daemon=True)
        running.thread.start()
        return running

    def serve(self) -> None:
        while True:
            try:
                self.loop.run_forever()
            except BaseException as error:  # whoever raised it, everything else on the loop goes on
                logger.error("the event loop was interrupted and goes on", exc_info=error)
            else:
                if not self.stopping:
                    logger.error("a callback stopped the event loop; it goes on")
            if self.stopping or self.loop.is_closed():
                break
        if self.abandoned:  # nobody else will close what was opened on it
            self.loop.run_until_complete(_wind_up())
            self.loop.close()

    def is_alive(self) -> bool:
        return self.thread.is_alive() and not self.loop.is_closed()


_process = PerProcess(_Running.start, still_good=_Running.is_alive)


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the process's loop, started on first use, again after a fork and when its thread has died."""
    return _process.get().loop


def loop_thread() -> threading.Thread | None:
    """Return the thread of the process's loop, if it has been started."""
    running = _process.peek()
    return None if running is None else running.thread


def is_stopping(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether a loop is being stopped, or is not this process's any more: what it cancels is to end."""
    running = _process.peek()
    return running is None or running.loop is not loop or running.stopping


def run_on_loop(
    coroutine: Coroutine[Any, Any, T],
    timeout: float | None = None,
    *,
    stalled: Callable[[], bool] | None = None,
) -> T:
    """Run a coroutine on the process's loop and wait for its result.

    Whatever interrupts the wait (a timeout, Celery's soft time limit) cancels the coroutine, so that it
    cannot go on inside the next task. Raises RuntimeError when called on the loop itself, where it would
    wait for ever, `LoopGone` when the loop's thread dies meanwhile, and TimeoutError after ``timeout`` seconds or
    when ``stalled``, which is asked every few seconds, says that nothing will come any more.
    """
    running = _process.get()
    if threading.current_thread() is running.thread:
        coroutine.close()
        raise RuntimeError("a synchronous call was made from a coroutine: await the asynchronous one instead")
    future = asyncio.run_coroutine_threadsafe(coroutine, running.loop)
    try:
        return _wait(future, running, None if timeout is None else time.monotonic() + timeout, stalled)
    except BaseException:
        future.cancel()
        raise


def _wait(
    future: concurrent.futures.Future[T],
    running: _Running,
    deadline: float | None,
    stalled: Callable[[], bool] | None,
) -> T:
    while True:
        left = LOOK_EVERY if deadline is None else min(LOOK_EVERY, max(0.0, deadline - time.monotonic()))
        try:
            return future.result(left)
        except concurrent.futures.CancelledError:
            if running.abandoned:  # by another thread, while this one waited
                raise LoopGone("the event loop was blocked and has been given up") from None
            raise
        except TimeoutError:
            if future.done():  # the coroutine's own, or it was done a moment later
                return future.result(0)
            if deadline is not None and time.monotonic() >= deadline:
                raise
            if not running.is_alive():
                raise LoopGone("the event loop's thread has ended") from None
            if stalled is not None and stalled():
                raise TimeoutError("nothing has moved on the event loop for too long") from None


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, without an event loop. Raises RuntimeError when it does suspend."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a callback's surroundings waited for an event loop in a synchronous worker")


def stop_loop() -> None:
    """Stop the process's loop and close it. The next use starts another one."""
    running = _process.take()
    if running is None:
        return
    running.stopping = True
    loop = running.loop
    asyncio.run_coroutine_threadsafe(_wind_up(), loop).add_done_callback(
        lambda _: loop.call_soon_threadsafe(loop.stop)
    )
    running.thread.join(5)
    if not loop.is_running():
        loop.close()


def abandon_loop() -> None:
    """Leave a loop that is blocked for good to itself. The next use starts another one."""
    running = _process.take()
    if running is not None:
        running.stopping = running.abandoned = True
        running.loop.call_soon_threadsafe(running.loop.stop)  # should it ever come to that


def close_with_loop(closer: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Have a coroutine function called on the loop before it stops: what it opened can be closed nowhere else."""
    _closers.append(closer)


async def _wind_up() -> None:
    """Cancel what still runs and let it clean up, so that nothing is destroyed while it is pending or open."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=4)
    for closer in _closers:
        await closer()
