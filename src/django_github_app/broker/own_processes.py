"""Processes that run nothing of the project's: beat, and the companion of each worker.

What is to be prepared there is handed in by `django_github_app.apps`: this room knows processes, not databases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import signals

__all__ = ["prepare", "when_they_start"]

_preparations: list[Callable[[], object]] = []


def when_they_start(preparation: Callable[[], object]) -> None:
    """Have something done in each of these processes before it begins to work; asked for twice, it is done once."""
    if preparation not in _preparations:
        _preparations.append(preparation)
    signals.beat_init.connect(prepare)


def prepare(**kwargs: Any) -> None:
    """Do what was asked for, in this process."""
    for preparation in _preparations:
        preparation()
