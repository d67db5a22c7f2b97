"""How a callback that is to stop learns of it: on the loop, in a thread, or at its next call of GitHub's API."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django_github_app.errors import RunCancelled, RunStopped, RunSuperseded
from django_github_app.github.current import TIDY_UP, CurrentCall
from django_github_app.models import RunStatus
from django_github_app.routing.binding import Call
from django_github_app.sql.cancelling import Stop
from django_github_app.sql.outcomes import CANCELLATION

if TYPE_CHECKING:
    from .threads import Running

__all__ = ["Stoppable", "error_of", "interrupt_main", "interrupt_thread"]


def error_of(stop: Stop) -> RunStopped:
    """Return a stop as the exception that it is in its worker."""
    return (RunSuperseded if stop.status == RunStatus.SUPERSEDED else RunCancelled)(stop.why)


class Stoppable:
    """The callback that a runtime is calling, as seen by whoever tells it to stop: from any thread."""

    __slots__ = ("_asynchronous", "_call", "_current", "_lock", "_reach", "cancelled", "stopped")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._call: Call | None = None
        self._current: CurrentCall | None = None
        self._reach: Callable[[], Any] | None = None
        self._asynchronous = False
        self.stopped: RunStopped | None = None
        """Why the callback that runs, or ran last, is to stop."""
        self.cancelled: RunStopped | None = None
        """Why all of the event is."""

    def begin(self, call: Call, current: CurrentCall) -> None:
        """Note which call begins."""
        self._call, self._current, self.stopped = call, current, None

    def end(self) -> None:
        """Note that it has ended."""
        self._call = self._current = self._reach = None

    def reach_by(self, reach: Callable[[], Any], *, asynchronous: bool) -> None:
        """Note how its callback is told; called at once if it is to stop already."""
        with self._lock:
            self._reach, self._asynchronous = reach, asynchronous
            late = self.stopped is not None
        if late:
            self._tell()

    def out_of_reach(self) -> None:
        """Note that the callback has ended: what runs now is ours."""
        with self._lock:
            self._reach = None

    def stop(self, stop: Stop) -> None:
        """Tell it to stop, if it is what runs."""
        everything = stop.handler == CANCELLATION
        if everything:
            self.cancelled = error_of(stop)
        call = self._call
        if call is None or not (everything or (call.handler, call.position) == (stop.handler, stop.position)):
            return
        with self._lock:
            if self.stopped is not None:
                return
            self.stopped = error_of(stop)
        if self._current is not None:
            self._current.stop(str(self.stopped))
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            reach = self._reach
            if reach is None:
                return
            if self._asynchronous and self._current is not None:
                self._current.told()  # it tidies up from now on
            reach()


def on_loop(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any], limit: asyncio.Timeout
) -> Callable[[], Any]:
    """Return how a coroutine is told: cancelled now, and again when its time to tidy up is over."""

    def cancel() -> None:
        if task.done():
            return
        end = loop.time() + TIDY_UP
        if not limit.expired() and ((when := limit.when()) is None or when > end):
            limit.reschedule(end)
        task.cancel()

    return lambda: loop.call_soon_threadsafe(cancel)


def interrupt_thread(running: Running) -> Callable[[], Any]:
    """Return how a function in a thread is interrupted."""
    return running.interrupt


def interrupt_main() -> None:
    """Interrupt the function that runs in the main thread under an alarm (`alarm.with_alarm`)."""
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGALRM)
