"""The samples of this process: taken from the seams into a bounded buffer, counted when somebody looks.

A seam pays for one tuple and one ``append``. Counting happens in the keeper's thread once a second, and at a scrape.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from django_github_app import probes
from django_github_app.probes import Sample
from django_github_app.process.per_process import PerProcess

from .samples import Counts

MOST_SAMPLES: Final = 200_000
"""Samples that wait to be counted; what comes beyond replaces the oldest."""


class _Process:
    def __init__(self) -> None:
        self.counts = Counts()
        self.waiting: deque[Sample] = deque(maxlen=MOST_SAMPLES)
        self.draining = threading.Lock()


_process = PerProcess(_Process)
_on_first: Callable[[], None] | None = None


def start(on_first: Callable[[], None] | None = None) -> None:
    """Take samples from now on. ``on_first`` is called with the first one of each process."""
    global _on_first
    _on_first = on_first
    probes.sink = _first


def stop() -> None:
    """Take no more samples, and forget those that were counted."""
    global _on_first
    _on_first = None
    probes.sink = None
    _process.take()


def is_collecting() -> bool:
    """Return whether samples are taken."""
    return probes.sink is not None


def _first(sample: Sample) -> None:
    """Take the first sample of a process; all others go straight into the buffer."""
    append = _process.get().waiting.append
    probes.sink = append
    append(sample)
    if _on_first is not None:
        _on_first()


def counts() -> Counts:
    """Return what this process has counted, up to now."""
    process = _process.get()
    with process.draining:
        waiting = process.waiting
        number = len(waiting)
        samples = [waiting.popleft() for _ in range(number)]
        if number == MOST_SAMPLES:
            samples.append(("overflow",))
        process.counts.fold(samples, time.time())
    return process.counts


def _after_fork() -> None:
    if probes.sink is not None:
        probes.sink = _first  # the buffer is the parent's


os.register_at_fork(after_in_child=_after_fork)
