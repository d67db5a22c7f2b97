"""One long-lived event loop per process, in a thread of its own.

Everything asynchronous that a synchronous worker needs runs here: an HTTP connection pool belongs to the loop
it was opened on, and a loop per call costs ten times as much as one that stays.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None
_pid: int | None = None
_closers: list[Callable[[], Coroutine[Any, Any, None]]] = []


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the process's loop, started on first use (again after a fork)."""
    global _loop, _thread, _pid
    if _loop is not None and _pid == os.getpid() and not _loop.is_closed():
        return _loop
    with _lock:
        if _loop is None or _pid != os.getpid() or _loop.is_closed():
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever, name="github-loop", daemon=True)
            thread.start()
            _loop, _thread, _pid = loop, thread, os.getpid()
        return _loop


def run_on_loop(coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
    """Run a coroutine on the process's loop and wait for its result.

    Whatever interrupts the wait (a timeout, Celery's soft time limit) cancels the coroutine, so that it
    cannot go on inside the next task. Raises RuntimeError when called on the loop itself, where it would
    wait for ever.
    """
    loop = get_loop()
    if threading.current_thread() is _thread:
        coroutine.close()
        raise RuntimeError("a synchronous call was made from a coroutine: await the asynchronous one instead")
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result(timeout)
    except BaseException:
        future.cancel()
        raise


def stop_loop() -> None:
    """Stop the process's loop and close it. The next use starts another one."""
    global _loop, _thread
    with _lock:
        if _loop is None or _pid != os.getpid():
            return
        loop, thread = _loop, _thread
        _loop = _thread = None
    asyncio.run_coroutine_threadsafe(_wind_up(), loop).add_done_callback(
        lambda _: loop.call_soon_threadsafe(loop.stop)
    )
    if thread is not None:
        thread.join(5)
    if not loop.is_running():
        loop.close()


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


def _forget_after_fork() -> None:
    global _lock, _loop, _thread
    _lock, _loop, _thread = threading.Lock(), None, None


os.register_at_fork(after_in_child=_forget_after_fork)
