"""The deadline of every body that an event loop waits for: one timer for all of them.

A timer for each (`asyncio.timeout`) costs 5 µs, a tenth of what receiving a delivery takes.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from django_github_app.conf import app_settings

__all__ = ["BodyDeadlines", "deadlines_of_running_loop"]

Task = asyncio.Task[Any]
_current_task = asyncio.current_task


class BodyDeadlines:
    """Tasks that wait for bodies, in the order in which they began: each has the same time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._now = loop.time
        self.is_of_running_loop = loop.is_running
        """Whether the loop runs; asked in its own thread, where no other can."""
        self._waiting: dict[Task, float] = {}
        self._expired: set[Task] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Task | None:
        """Let the current task be cancelled after BODY_TIMEOUT, unless it ends before."""
        task = _current_task(self._loop)
        if task is not None:
            self._waiting[task] = self._now()
            if self._timer is None:
                self._timer = self._loop.call_later(app_settings.BODY_TIMEOUT, self._look)
        return task

    def end(self, task: Task | None) -> bool:
        """Forget a task; return whether it was cancelled because its time was over, and undo that."""
        if task is None:
            return False
        self._waiting.pop(task, None)
        if not self._expired or task not in self._expired:
            return False
        self._expired.discard(task)
        # Whoever else cancelled it meanwhile is obeyed.
        return task.uncancel() == 0

    def _look(self) -> None:
        self._timer = None
        seconds = app_settings.BODY_TIMEOUT
        now = self._loop.time()
        for task, began in list(self._waiting.items()):
            if began + seconds > now:
                self._timer = self._loop.call_at(began + seconds, self._look)
                return
            del self._waiting[task]
            self._expired.add(task)
            task.cancel()


class _Latest(threading.local):
    deadlines: BodyDeadlines | None = None


_latest = _Latest()  # to find a loop's own in another way takes longer than all that it does


def deadlines_of_running_loop() -> BodyDeadlines:
    """Return the deadlines of this thread's event loop."""
    latest = _latest.deadlines
    if latest is None or not latest.is_of_running_loop():
        latest = _latest.deadlines = BodyDeadlines(asyncio.get_running_loop())
    return latest
