"""After a callback: the thread's database connections are fit for the next one, or they are replaced.

A callback can leave a connection in any state: stopped in the middle of a query, dropped by the server, inside a
transaction that it never ended, with autocommit off. Django itself looks at a connection only where a request begins
or ends, and leaves one alone that is inside a transaction.

To ask Django for a thread's connections takes longer than to call a small callback. So each thread keeps a list of
those that it has opened, and a callback that returns has only these looked at, unless one of them looks odd.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import ref

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

__all__ = ["make_fit"]

_IDLE, _UNKNOWN = 0, 4  # libpq's states of a transaction


def make_fit(*, failed: bool) -> list[str]:
    """Replace this thread's connections that are unfit; return the aliases whose open transaction was given up.

    ``failed`` looks closer, at the price of a round trip where an error has occurred.
    """
    if not failed and not _looks_odd():
        return []
    given_up = []
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        if _is_in_transaction(connection):
            given_up.append(connection.alias)
            _discard(connection)
        elif _has_other_autocommit(connection) or (failed and not _is_fit(connection)):
            _discard(connection)
    return given_up


class _Opened(threading.local):
    """The connections that this thread has opened and that still exist; None before the first look."""

    connections: list[ref[BaseDatabaseWrapper]] | None = None

    def add(self, connection: BaseDatabaseWrapper) -> None:
        if self.connections is None:
            return  # the first look finds it
        known = [one for one in self.connections if one() is not None and one() is not connection]
        self.connections = [*known, ref(connection)]


_opened = _Opened()


def _note(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    _opened.add(connection)


connection_created.connect(_note, dispatch_uid=f"{__name__}._note")


def _looks_odd() -> bool:
    """Return whether one of this thread's open connections is inside a transaction or has its autocommit changed."""
    opened = _opened.connections
    if opened is None:
        opened = _opened.connections = [ref(one) for one in connections.all(initialized_only=True)]
    for reference in opened:
        connection = reference()
        if (
            connection is not None
            and connection.connection is not None
            and (_is_in_transaction(connection) or _has_other_autocommit(connection))
        ):
            return True
    return False


def _has_other_autocommit(connection: BaseDatabaseWrapper) -> bool:
    return bool(connection.autocommit != connection.settings_dict["AUTOCOMMIT"])


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
    raw: Any = connection.connection
    # What psycopg 3 puts around libpq, at a tenth of the price of its ``info``; psycopg2 has that one only.
    libpq = getattr(raw, "pgconn", None) or getattr(raw, "info", None)
    status = getattr(libpq, "transaction_status", None)
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
