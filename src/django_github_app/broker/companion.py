"""Maintenance beside the handlers: a worker's own small process for the maintenance queue.

A Celery worker fetches no message while all its processes or threads are busy, from none of its queues: two
handlers that take a minute would hold up every retry. So a worker that is told to consume ``github.maintenance``
beside other queues leaves that queue to a companion, another worker with one process, whatever the pool.

The companion has a keeper, the process that the worker forks before it has a pool, threads or connections. The
keeper does nothing but start the companion (again, if it dies) and stop it with the worker: a worker with threads
must not fork, its keeper may.

    worker ─ keeper ─ companion          worker: handlers' queues          companion: github.maintenance
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from celery import bootsteps, signals
from celery.worker import state

from django_github_app.conf import app_settings

from . import lifecycle, own_processes
from .beside import EX_FAILURE, Beside, has_ended
from .queues import maintenance_queue

if TYPE_CHECKING:
    from types import FrameType

    from celery import Celery

logger = logging.getLogger(__name__)

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
CHECK_EVERY = 2.0  # seconds between looks at whether the other process is still there
WAITS_AT_MOST = 30.0  # seconds between starts of a companion that ends again and again

_keeper: Beside | None = None  # in the worker
_parent: int | None = None  # the keeper's process id, in the companion


def install(app: Celery) -> None:
    """Give the workers of ``app`` a companion."""
    if Watch not in app.steps["consumer"]:
        app.steps["consumer"].add(Watch)
    signals.worker_init.connect(_on_worker_init, weak=False, dispatch_uid=f"{__name__}.init")
    signals.worker_shutting_down.connect(_on_shutting_down, weak=False, dispatch_uid=f"{__name__}.closing")
    signals.worker_shutdown.connect(_on_shutdown, weak=False, dispatch_uid=f"{__name__}.closed")


class Watch(bootsteps.StartStopStep):
    """Looks, from the loop of a worker, after its keeper; from that of a companion, after who started it."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        self.timer_entry: Any = None
        super().__init__(parent, **kwargs)

    def start(self, parent: Any) -> None:
        if _keeper is not None:
            self.timer_entry = parent.timer.call_repeatedly(CHECK_EVERY, _check_keeper)
        elif _parent is not None:
            self.timer_entry = parent.timer.call_repeatedly(CHECK_EVERY, _check_parent)

    def stop(self, parent: Any) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()
            self.timer_entry = None


def is_beside() -> bool:
    """Return whether this worker has a companion for maintenance."""
    return _keeper is not None


# In the worker


def _on_worker_init(sender: Any, **kwargs: Any) -> None:
    from celery.apps.worker import Worker

    # Only programs: a worker that a test runs in a thread must not fork.
    if not isinstance(sender, Worker) or _parent is not None or Watch not in sender.app.steps["consumer"]:
        return
    lifecycle.starting()
    if not app_settings.MAINTENANCE_PROCESS or not hasattr(os, "fork"):
        return
    queue, queues = maintenance_queue(), sender.app.amqp.queues
    if set(queues.consume_from) <= {queue} or queue not in queues.consume_from:
        return
    queues.deselect([queue])
    _start_keeper(sender)


def _start_keeper(worker: Any) -> None:
    global _keeper
    _keeper = Beside(lambda parent: Keeper(parent, lambda: _run_companion(worker)).run())


def _check_keeper() -> None:
    global _keeper
    if _keeper is not None and _keeper.has_ended():
        # Whoever runs this worker starts it again, with another keeper; without, it would do half its work.
        logger.critical("the process that keeps maintenance running is gone, so this worker stops")
        _keeper = None
        state.should_stop = EX_FAILURE  # type: ignore[assignment]  # it is an exit code


def _on_shutting_down(**kwargs: Any) -> None:
    if _keeper is not None:
        _keeper.tell_to_stop()


def _on_shutdown(sender: Any, **kwargs: Any) -> None:
    global _keeper
    if _keeper is None:
        return
    _on_shutting_down()
    _keeper.wait(_patience(sender.app) + 1)
    _keeper = None


def _patience(app: Celery) -> float:
    return float(app.conf.worker_soft_shutdown_timeout or 0) + 2


# In the keeper


class Keeper:
    """Keeps one child running until it is told to stop or its parent is gone."""

    def __init__(self, parent: int, run: Callable[[], int], patience: float = 25.0) -> None:
        self.parent = parent
        self.run_child = run
        self.patience = patience
        self.stopping = False
        self._wakes, self._woken = os.pipe()

    def run(self) -> int:
        """Return the exit code of the keeper."""
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        wait = 0.5
        while not self._told_to_stop():
            started = time.monotonic()
            child = self._fork()
            while not has_ended(child):
                if self._told_to_stop():
                    self._end(child)
                    return 0
                self._sleep(CHECK_EVERY)
            if self._told_to_stop():
                return 0
            wait = 0.5 if time.monotonic() - started > 60 else min(wait * 2, WAITS_AT_MOST)
            # Not logged: the logging of the worker is not set up in this process.
            sys.stderr.write(f"maintenance process {child} ended and is started again\n")
            sys.stderr.flush()
            again = time.monotonic() + wait
            while not self._told_to_stop() and (left := again - time.monotonic()) > 0:
                self._sleep(min(left, CHECK_EVERY))
        return 0

    def _fork(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = EX_FAILURE
        try:
            signal.set_wakeup_fd(-1)
            for number in (*STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            code = self.run_child()
        finally:
            os._exit(code)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _told_to_stop(self) -> bool:
        # A parent that was killed cannot tell.
        return self.stopping or os.getppid() != self.parent

    def _sleep(self, seconds: float) -> None:
        if select.select([self._wakes], [], [], seconds)[0]:
            os.read(self._wakes, 512)

    def _end(self, child: int) -> None:
        deadline = time.monotonic() + self.patience
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        while not has_ended(child):
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self._sleep(0.2)


# In the companion


def is_companion() -> bool:
    """Return whether this process is a companion."""
    return _parent is not None


def _run_companion(worker: Any) -> int:
    """Run a worker for maintenance with the options of ``worker``; return its exit code."""
    from celery.apps.worker import Worker

    global _keeper, _parent
    _keeper, _parent = None, os.getppid()
    app = worker.app
    name, _, host = worker.hostname.partition("@")
    signals.task_prerun.connect(_limit_time, weak=False)
    signals.task_postrun.connect(_lift_limit, weak=False)

    class Companion(Worker):
        def install_platform_tweaks(self, worker: Any) -> None:
            # A platform may signal all processes at once, and more than once. Each time it means the same.
            for number in STOP_SIGNALS:
                signal.signal(number, _stop_companion)

    companion = Companion(
        app=app,
        hostname=f"{name}-maintenance@{host}",
        pool_cls="solo",
        concurrency=1,
        queues=[maintenance_queue()],
        loglevel=worker.loglevel,
        logfile=worker.logfile,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    own_processes.prepare()
    companion.start()
    return int(companion.exitcode or 0)


def _stop_companion(number: int, frame: FrameType | None) -> None:
    state.should_stop = os.EX_OK  # type: ignore[assignment]  # it is an exit code


def _check_parent() -> None:
    if os.getppid() != _parent:
        state.should_stop = os.EX_OK  # type: ignore[assignment]  # it is an exit code


def _limit_time(task: Any, **kwargs: Any) -> None:
    # What the pool does for others: a task that hangs ends with its process, and the keeper starts another.
    signal.alarm(int(task.app.conf.task_time_limit or 0))


def _lift_limit(**kwargs: Any) -> None:
    signal.alarm(0)
