"""Celery's consumer, made to outlive a broker that dies at the wrong moment, and to waste less time."""

from __future__ import annotations

import logging
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer

from .redis import keep_client, note_no_events
from .time_limits import watch_together

logger = logging.getLogger(__name__)


class Consumer(CeleryConsumer):
    """Goes on after a lost connection even when closing the broken one, or acknowledging over it, fails.

    kombu 5.7 closes a Redis channel by putting unacknowledged messages back, over the connection that is gone;
    a task that ends after the reconnect acknowledges its message over it too. Both end in an AttributeError,
    which Celery takes for the end of the worker. The connection is thrown away either way, and the messages
    come back by themselves.
    """

    connection_errors: tuple[type[BaseException], ...]

    def connection_for_read(self, heartbeat: float | None = None) -> Any:
        # Here, because `connect` goes on to register it with the event loop, and kombu then asks for the channel's
        # quality of service: after that it is what it is.
        connection = super().connection_for_read(heartbeat)
        keep_client(connection.default_channel)
        note_no_events(connection.default_channel)
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

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        try:
            super().on_connection_error_after_connected(exc)
        except Exception as error:  # noqa: BLE001 - see above
            logger.warning("closing a lost broker connection failed", extra={"error": type(error).__name__})
