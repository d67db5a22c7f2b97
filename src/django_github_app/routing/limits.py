"""How long a callback may run, and how its failures are tried again: what its decorator says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Limits", "Retry", "limits_of"]

LONGEST = 7 * 86400.0
"""Seconds: what runs for longer is no callback."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How a callback's failures are tried again; what is None is as the settings say.

    ``attempts`` is how often it is tried at most (MAX_ATTEMPTS), ``backoff`` the seconds before the second try, which
    double each time (RETRY_BACKOFF), up to ``backoff_max`` (RETRY_BACKOFF_MAX). ``on`` are the exceptions that are
    tried again; any other sends the event to DEAD at once. Rate limits, outages and `errors.RetryLater` use up no
    attempt, whatever stands here.
    """

    attempts: int | None = None
    backoff: float | None = None
    backoff_max: float | None = None
    on: tuple[type[BaseException], ...] | type[BaseException] = (Exception,)

    def __post_init__(self) -> None:
        if self.attempts is not None and self.attempts < 1:
            raise ValueError(f"a callback is tried once at least, not {self.attempts} times")
        for name in ("backoff", "backoff_max"):
            seconds = getattr(self, name)
            if seconds is not None and seconds < 0:
                raise ValueError(f"{name} is a number of seconds, not {seconds}")
        if isinstance(self.on, type):
            object.__setattr__(self, "on", (self.on,))
        classes: tuple[Any, ...] = self.exceptions
        if not all(isinstance(one, type) and issubclass(one, BaseException) for one in classes):
            raise ValueError(f"on= are classes of exceptions, not {self.on!r}")

    @property
    def exceptions(self) -> tuple[type[BaseException], ...]:
        """The classes of ``on``."""
        return self.on if isinstance(self.on, tuple) else (self.on,)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one callback that are not those of the settings."""

    timeout: float | None = None
    """Seconds after which it is stopped; None: HANDLER_TIMEOUT."""
    soft: float | None = None
    """Seconds after which `context.checkpoint` and `context.raise_if_cancelled` raise `errors.SoftTimeout`."""
    retry: Retry | None = None


def limits_of(timeout: float | None, soft: float | None, retry: Retry | int | None) -> Limits | None:
    """Return what a decorator says of limits, None if nothing. ``retry`` may be a number of attempts.

    Raises ValueError for what could never hold.
    """
    if timeout is None and soft is None and retry is None:
        return None
    for name, seconds in (("timeout", timeout), ("soft", soft)):
        if seconds is not None and not 0 < seconds <= LONGEST:
            raise ValueError(f"{name} is a number of seconds above 0, up to {LONGEST:g}: not {seconds}")
    if timeout is not None and soft is not None and soft >= timeout:
        raise ValueError(
            f"soft={soft:g} must be below timeout={timeout:g}: past that the callback is stopped"
        )
    return Limits(timeout, soft, Retry(attempts=retry) if isinstance(retry, int) else retry)
