"""What Celery logs of our own tasks: nothing at INFO, because events and jobs have a line of their own.

Without it a worker writes two lines for each sweep and beat a third, tens of thousands a day that say nothing.
Failures are still logged, everything at DEBUG, and of a project's tasks what Celery has always logged of them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from celery import signals

__all__ = ["install"]

OURS: Final = "django_github_app.tasks."
LOGGERS: Final = ("celery.worker.strategy", "celery.app.trace", "celery.beat")


def install() -> None:
    """Have workers and beat leave these lines out."""
    signals.worker_init.connect(_on_init, weak=False, dispatch_uid=f"{__name__}.worker")
    signals.beat_init.connect(_on_init, weak=False, dispatch_uid=f"{__name__}.beat")


def is_of_interest(record: logging.LogRecord) -> bool:
    """Return whether a line says more than that one of our tasks came, was sent or went well."""
    if record.levelno > logging.INFO:
        return True
    return not _task_of(record).startswith(OURS) or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


def _task_of(record: logging.LogRecord) -> str:
    arguments: Any = record.args
    if isinstance(arguments, Mapping):
        return str(arguments.get("name", ""))
    # Beat gives the entry's name and the task's.
    return str(arguments[-1]) if isinstance(arguments, tuple) and arguments else ""


def _on_init(**kwargs: Any) -> None:
    for name in LOGGERS:
        logging.getLogger(name).addFilter(is_of_interest)
