"""Connections of this package's own threads and loops, made to notice a server that has gone silent.

A host that vanishes sends no RST, and a pooler whose server is gone may go on taking bytes: a socket then waits for
minutes to hours. Where the project says nothing about it, these connections are opened with a limit, are probed, and
give up what was not confirmed; and no statement on them waits longer than ``seconds`` for the server's next word. The
project's settings stay as they are; of these limits its callbacks' connections have the last (`sql.connections`).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator
from typing import Any
from weakref import WeakSet

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .dialects import discard

# libpq's parameter → our value. Two lost probes, or 15 seconds without a confirmation, and the socket is dead.
_PROBES = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
SILENCE = 30.0
"""Seconds for which a process of ours waits for the server's next word. None of its statements takes that long."""
_prepared: WeakSet[BaseDatabaseWrapper] = WeakSet()


def impatient(connection: BaseDatabaseWrapper, seconds: Callable[[], float]) -> BaseDatabaseWrapper:
    """Let a connection of ours, from its next opening on, wait ``seconds()`` at most for the server; return it.

    A statement that takes longer raises `django.db.OperationalError`, and its connection is closed: whether it was
    committed is not known. A connection out of Django's pool has what the pool's options say, and this limit.
    """
    if connection.vendor != "postgresql" or connection in _prepared or connection.in_atomic_block:
        return connection
    _prepared.add(connection)
    opened = connection.get_new_connection

    def open_impatiently(parameters: dict[str, Any]) -> Any:
        raw = opened(with_timeouts(parameters, seconds()))
        limit_waits(raw, seconds)
        return raw

    connection.get_new_connection = open_impatiently  # type: ignore[method-assign,assignment]
    return connection


def close_own() -> None:
    """Close the connections of this thread for good: none that is impatient goes back to a pool."""
    for connection in connections.all(initialized_only=True):
        discard(connection)


def with_timeouts(parameters: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return parameters of a connection with ours added, where the project set none."""
    if "service" in parameters or "PGSERVICE" in os.environ:
        return parameters  # what the service file says is not known here, and would lose against ours
    ours: dict[str, Any] = dict(_PROBES)
    if "PGCONNECT_TIMEOUT" not in os.environ:
        ours["connect_timeout"] = max(2, math.ceil(seconds))  # libpq takes 1 for 2
    return {**ours, **parameters}


def limit_waits(raw: Any, seconds: Callable[[], float]) -> None:
    """Let a connection of psycopg, synchronous or not, wait ``seconds()`` at most for one exchange.

    One that is limited already, as one out of a pool may be, stays as it is.
    """
    wait = raw.wait
    if hasattr(wait, "limit"):
        return

    def wait_impatiently(exchange: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        return wait(_limited(raw, exchange, seconds()), *args, **kwargs)

    wait_impatiently.limit = seconds  # type: ignore[attr-defined]  # a mark
    raw.wait = wait_impatiently


def _limited(raw: Any, exchange: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """Run psycopg's exchange with the server; it is resumed with nothing, several times a second, while it waits."""
    import psycopg

    deadline = time.monotonic() + seconds
    try:
        wanted = next(exchange)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raw.pgconn.finish()
                raise psycopg.OperationalError(f"the database server was silent for {seconds:g} s")
            wanted = exchange.send(ready)
    except StopIteration as stop:
        return stop.value


__all__ = ["SILENCE", "close_own", "impatient", "limit_waits", "with_timeouts"]
