"""After a callback: the thread's database connections are fit for the next one, or they are replaced.

A callback can leave a connection in any state: stopped in the middle of a query, dropped by the server, inside a
transaction that it never ended, with autocommit off. Django itself looks at a connection only where a request begins
or ends, and leaves one alone that is inside a transaction.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["make_fit"]

_IDLE, _UNKNOWN = 0, 4  # libpq's states of a transaction


def make_fit(*, failed: bool) -> list[str]:
    """Replace this thread's connections that are unfit; return the aliases whose open transaction was given up.

    ``failed`` looks closer, at the price of a round trip where an error has occurred.
    """
    given_up = []
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        if _is_in_transaction(connection):
            given_up.append(connection.alias)
            _discard(connection)
        elif connection.autocommit != connection.settings_dict["AUTOCOMMIT"] or (
            failed and not _is_fit(connection)
        ):
            _discard(connection)
    return given_up


def _is_in_transaction(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block or connection.needs_rollback:
        return True
    if connection.vendor == "postgresql":
        return _transaction_status(connection) not in (_IDLE, _UNKNOWN, None)
    return bool(getattr(connection.connection, "in_transaction", False))


def _is_fit(connection: BaseDatabaseWrapper) -> bool:
    if connection.vendor == "postgresql" and _transaction_status(connection) == _UNKNOWN:
        return False  # the server is gone
    return not connection.errors_occurred or connection.is_usable()


def _transaction_status(connection: BaseDatabaseWrapper) -> int | None:
    info: Any = getattr(connection.connection, "info", None)
    status = getattr(info, "transaction_status", None)
    return None if status is None else int(status)


def _discard(connection: BaseDatabaseWrapper) -> None:
    """Close a connection, whatever it is in the middle of; the next query opens another."""
    kept = None
    try:
        if connection.vendor == "sqlite" and getattr(connection, "is_in_memory_db", bool)():
            kept = connection.connection  # with it the whole database would go
            kept.rollback()
        else:
            connection.close()
    except Exception:  # noqa: BLE001, S110 - it is thrown away, whatever state it is in
        pass
    # Inside of `atomic` Django keeps a closed connection until the block ends, and nobody is left to end it.
    connection.connection = kept
    connection.in_atomic_block = False
    connection.savepoint_ids = []
    connection.atomic_blocks = []
    connection.needs_rollback = False
    connection.closed_in_transaction = False
    connection.run_on_commit = []
    connection.errors_occurred = False
