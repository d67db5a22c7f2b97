"""A thread that does small things again and again: counts samples, writes what was counted, gives signs of life."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

logger = logging.getLogger(__name__)

STOP_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do each ``every`` seconds, and when the process ends if ``at_end``."""

    do: Callable[[], None]
    every: float
    at_end: bool = False


class Keeper:
    """Does its duties in one thread until it is stopped. One that fails is logged, and done again when it is due.

    ``first`` is done once, when the thread begins.
    """

    def __init__(self, duties: Sequence[Duty], first: Callable[[], None] | None = None) -> None:
        self._duties = duties
        self._first = [] if first is None else [Duty(first, 0.0)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="github-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Do what is to be done at the end, and stop."""
        self._over.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOP_TIMEOUT)

    def _run(self) -> None:
        self._do(self._first)
        due = [(time.monotonic() + duty.every, duty) for duty in self._duties]
        while due and not self._over.wait(max(0.0, min(at for at, _ in due) - time.monotonic())):
            now = time.monotonic()
            ready = [duty for at, duty in due if at <= now]
            self._do(ready)
            due = [(now + duty.every if duty in ready else at, duty) for at, duty in due]
        self._do([duty for duty in self._duties if duty.at_end])

    @staticmethod
    def _do(duties: Sequence[Duty]) -> None:
        for duty in duties:
            try:
                duty.do()
            except Exception as error:  # noqa: BLE001 - observing must not end what is observed
                logger.info("a duty of the keeper failed", extra={"error": type(error).__name__})
        with contextlib.suppress(Exception):
            connections.close_all()  # those of this thread; it needs them a few times a minute
