"""Processes that stand beside a worker's: forked before the worker has a pool, threads or connections.

A worker with threads must not fork, so what it needs beside it starts with it and ends with it. One that is gone
cannot be started again from here; the worker ends then, and whoever runs it starts both.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

__all__ = ["Beside", "has_ended"]

EX_FAILURE = 1


def has_ended(pid: int) -> bool:
    """Return whether a child of this process has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


class Beside:
    """A process that runs ``run(parent's process id)``, whose result is its exit code."""

    def __init__(self, run: Callable[[int], int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            code = EX_FAILURE
            try:
                code = run(parent)
            finally:
                os._exit(code)

    def has_ended(self) -> bool:
        return has_ended(self.pid)

    def tell_to_stop(self, number: int = signal.SIGTERM) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; return whether it came."""
        deadline = time.monotonic() + seconds
        while not self.has_ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True
