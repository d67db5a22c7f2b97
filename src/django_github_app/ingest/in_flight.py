"""How many bytes of request bodies this process holds: each counts from its arrival until its request is answered."""

from __future__ import annotations

import os
import threading
from typing import Final

from django_github_app.conf import app_settings
from django_github_app.deliveries import TooManyBytes

__all__ = ["Held", "bytes_in_flight"]

# The last eighth of the budget is for bodies of the usual size (GitHub's have 10 to 30 KB): those who fill the rest
# with large ones, whose signatures nobody can check before they are complete, do not keep the others out.
USUAL_SIZE: Final = 64 * 1024
RESERVED: Final = 8
# So little is never refused, and the setting need not be asked for it.
FREE: Final = 1024 * 1024


class _Total:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.size = 0


_total = _Total()


def _forget_after_fork() -> None:
    global _total
    _total = _Total()


os.register_at_fork(after_in_child=_forget_after_fork)


def bytes_in_flight() -> int:
    """Return how many bytes of bodies this process holds now."""
    return _total.size


class Held:
    """What one request holds of the budget, and whether its body has been read to the end."""

    __slots__ = ("complete", "size")

    def __init__(self) -> None:
        self.size = 0
        self.complete = False

    def add(self, size: int) -> None:
        """Count bytes that have arrived. Raises `TooManyBytes`."""
        total = _total
        with total.lock:
            now = total.size + size
            if now > FREE and self._is_too_much(total.size, size):
                raise TooManyBytes
            total.size = now
        self.size += size

    def _is_too_much(self, others: int, size: int) -> bool:
        budget = app_settings.MAX_BYTES_IN_FLIGHT
        if self.size + size > USUAL_SIZE:
            budget -= budget // RESERVED
        # A body that has the process to itself is let in whatever the budget: MAX_BODY_BYTES bounds it.
        return others + size > budget and others > self.size

    def release(self) -> None:
        """Give everything back. May be called again."""
        if self.size:
            total = _total
            with total.lock:
                total.size -= self.size
            self.size = 0
