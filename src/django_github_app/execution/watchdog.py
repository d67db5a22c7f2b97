"""Notices that the event loop of a worker is blocked, names what blocks it, and ends a worker that stays so.

An asynchronous callback that waits without ``await`` (``time.sleep``, a synchronous HTTP client, a long computation)
stops every other callback of the process, and no time limit of asyncio's can end it. This has a
thread of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable

from django_github_app.observe.redaction import MAX_TRACEBACK_LENGTH, redact
from django_github_app.process import loop as loops

__all__ = ["LoopWatch", "end_worker", "log_blocked_loop", "loop_traceback"]

logger = logging.getLogger(__name__)

EXIT_CODE = 70  # EX_SOFTWARE: a supervisor takes it for a failure and starts the worker again


def loop_traceback() -> str:
    """Return where the loop's thread is now, without secrets."""
    thread = loops.loop_thread()
    frame = sys._current_frames().get(thread.ident or 0) if thread is not None else None
    if frame is None:
        return ""
    return redact("".join(traceback.format_stack(frame)))[-MAX_TRACEBACK_LENGTH:]


def log_blocked_loop(seconds: float | None = None) -> None:
    """Log that the loop is blocked, and where."""
    logger.error(
        "event loop blocked by a callback",
        extra={"seconds": None if seconds is None else round(seconds, 1), "traceback": loop_traceback()},
    )


class LoopWatch:
    """Asks the loop for a sign of life while events run on it.

    When none comes for ``notice_after`` seconds it is logged, once; when none comes for ``give_up_after`` seconds,
    ``give_up`` is called with the traceback of the loop's thread.
    """

    def __init__(
        self,
        *,
        notice_after: Callable[[], float],
        give_up_after: Callable[[], float],
        give_up: Callable[[asyncio.AbstractEventLoop, str], None],
    ) -> None:
        self._notice_after = notice_after
        self._give_up_after = give_up_after
        self._give_up = give_up
        self._lock = threading.Lock()
        self._watched = 0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Watch until as many calls of `end` as of this have come."""
        with self._lock:
            self._watched += 1
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="github-watchdog", daemon=True)
                self._thread.start()
            first = self._watched == 1
        if first:
            self._wake.set()

    def end(self) -> None:
        with self._lock:
            self._watched -= 1

    def _run(self) -> None:
        while True:
            self._wake.clear()
            with self._lock:
                idle = self._watched == 0
            if idle:
                self._wake.wait()
                continue
            try:
                self._look()
            except Exception:  # this thread must not end
                logger.exception("watching the event loop failed")
                time.sleep(1)

    def _look(self) -> None:
        loop = loops.get_loop()
        answered = threading.Event()
        asked = time.monotonic()
        loop.call_soon_threadsafe(answered.set)
        notice_after = self._notice_after()
        if answered.wait(notice_after):
            # Blocked for less is not noticed, so there is no reason to ask more often.
            time.sleep(notice_after / 2)
            return
        log_blocked_loop(time.monotonic() - asked)
        while not answered.wait(min(1.0, notice_after)):
            if time.monotonic() - asked > self._give_up_after():
                self._give_up(loop, loop_traceback())
                return
        logger.warning("event loop goes on", extra={"seconds": round(time.monotonic() - asked, 1)})


def end_worker(why: str) -> None:
    """End this process at once, with an exit code that makes its supervisor start it again."""
    logger.critical("worker ends", extra={"reason": why})
    for handler in [*logging.getLogger().handlers, *logging.getLogger("django_github_app").handlers]:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)
