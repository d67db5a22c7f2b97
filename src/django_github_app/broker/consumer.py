"""Celery's consumer, made to outlive a broker that dies at the wrong moment, and to waste less time."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer
from django.core.exceptions import ImproperlyConfigured

from .redis import CLUSTER, is_of_a_cluster, keep_client, note_no_events, passing_errors
from .time_limits import watch_together

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before a server that is reached, but takes no writes, is tried again."""


class Consumer(CeleryConsumer):
    """Goes on after a lost connection even when closing the broken one, or acknowledging over it, fails.

    kombu 5.7 closes a Redis channel by putting unacknowledged messages back, over the connection that is gone;
    a task that ends after the reconnect acknowledges its message over it too. Both end in an AttributeError,
    which Celery takes for the end of the worker. The connection is thrown away either way, and the messages
    come back by themselves.
    """

    connection_errors: tuple[type[BaseException], ...]
    conninfo: Any
    hub: Any
    _opening: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A failover leaves a Redis that only reads under the old address for a while, which Celery takes for the end.
        self._passing = passing_errors(self.conninfo)
        self.connection_errors = (*self.connection_errors, *self._passing)

    def start(self) -> None:
        try:
            super().start()
        except Exception as error:
            if is_of_a_cluster(error):
                raise ImproperlyConfigured(CLUSTER) from error
            raise

    def connect(self) -> Any:
        try:
            return super().connect()
        except Exception:
            if self._opening is not None:  # it was opened, and could not be used: nobody else knows it
                self._opening.collect()
            raise
        finally:
            self._opening = None

    def connection_for_read(self, heartbeat: float | None = None) -> Any:
        # Here, because `connect` goes on to register it with the event loop, and kombu then asks for the channel's
        # quality of service: after that it is what it is.
        connection = self._opening = super().connection_for_read(heartbeat)
        keep_client(connection.default_channel)
        note_no_events(connection.default_channel, self._on_refusal)
        return connection

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        # The pool has registered before: with every new connection it makes its own handlers again.
        pool = getattr(self.pool, "_pool", None)
        if pool is not None:
            watch_together(pool, hub)

    def update_strategies(self) -> None:
        errors = self.connection_errors
        # What the requests made by these strategies do not let pass from an acknowledgement.
        self.connection_errors = (*errors, AttributeError)
        try:
            super().update_strategies()
        finally:
            self.connection_errors = errors

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        super().on_connection_error_before_connected(exc)
        self._pause_after(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        self._pause_after(exc)
        try:
            super().on_connection_error_after_connected(exc)
        except Exception as error:  # noqa: BLE001 - see above
            logger.warning("closing a lost broker connection failed", extra={"error": type(error).__name__})

    def _on_refusal(self, error: BaseException) -> None:
        """Open another connection after an acknowledgement that was refused: on this one it is never made, and what
        is not acknowledged counts against the prefetch limit, so that nothing more would be asked for."""
        if isinstance(error, self._passing) and self.hub is not None:
            self.hub.call_soon(_raise, error)

    def _pause_after(self, error: Exception) -> None:
        if isinstance(error, self._passing):
            logger.warning("the broker takes no writes", extra={"error": type(error).__name__})
            time.sleep(PAUSE)


def _raise(error: BaseException) -> None:
    raise error
