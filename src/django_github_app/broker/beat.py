"""django-celery-beat's scheduler, made to outlive a database that is away, also while it starts.

``celery beat --scheduler django_github_app.broker.beat:DatabaseScheduler``
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django_celery_beat.schedulers import DatabaseScheduler as BeatScheduler

logger = logging.getLogger(__name__)

PAUSE = 5.0  # seconds between tries


class DatabaseScheduler(BeatScheduler):  # type: ignore[misc]  # django-celery-beat has no types
    """Waits for its database and goes on, where django-celery-beat's ends the process.

    It never waits within its constructor: a signal that ends beat asks for the scheduler.
    """

    _is_set_up = False

    def setup_schedule(self) -> None:
        try:
            super().setup_schedule()
        except (OperationalError, InterfaceError) as error:
            self._start_over(error)
        else:
            self._is_set_up = True

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due and return the seconds until the next look."""
        try:
            if not self._is_set_up:
                super().setup_schedule()
                self._is_set_up = True
            seconds: float = super().tick(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            self._start_over(error)
            return PAUSE
        return seconds

    def sync(self) -> None:
        """Write down what was sent; a connection on which that fails is not used again.

        django-celery-beat keeps one that answers, also on a server that a failover left read-only.
        """
        super().sync()
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred:
                with contextlib.suppress(Exception):
                    connection.connection.close()  # not back into a pool
                connection.close()

    def _start_over(self, error: Exception) -> None:
        logger.warning("beat waits for its database", extra={"error": type(error).__name__})
        # What it read so far may be half of it.
        self._initial_read = True
        connections.close_all()
