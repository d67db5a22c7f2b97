"""After a callback: the thread's database connections are fit for the next one, or they are replaced.

A callback can leave a connection in any state: stopped in the middle of a query, dropped by the server, inside a
transaction that it never ended, with autocommit off. Django itself looks at a connection only where a request begins
or ends, and leaves one alone that is inside a transaction.

To ask Django for a thread's connections takes longer than to call a small callback. So each thread keeps a list of
those that it has opened, and a callback that returns has only these looked at, unless one of them looks odd.

What a session was told by ``SET`` (isolation, a time limit, a search path) cannot be seen on the connection, so the
statements of a callback are looked at: one of that kind, and its connection is not used for another callback.
"""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any
from weakref import WeakSet, ref

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from django_github_app.conf import app_settings

from .own_connections import limit_waits

__all__ = ["looks_odd", "make_fit", "watch_thread"]

_IDLE, _UNKNOWN = 0, 4  # libpq's states of a transaction


def make_fit(*, failed: bool) -> list[str]:
    """Replace this thread's connections that are unfit; return the aliases whose open transaction was given up.

    ``failed`` looks closer, at the price of a round trip where an error has occurred.
    """
    if not failed and not looks_odd(_of_thread.look()):
        return []
    given_up = []
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        if _is_in_transaction(connection):
            given_up.append(connection.alias)
            _discard(connection)
        elif _is_changed(connection) or (failed and not _is_fit(connection)):
            _discard(connection)
    return given_up


_Opened = list[ref[BaseDatabaseWrapper]]


class _OfThread(threading.local):
    """The connections that this thread has opened and that still exist; None before the first look."""

    opened: _Opened | None = None

    def look(self) -> _Opened:
        if self.opened is None:
            known = connections.all(initialized_only=True)
            self.opened = [ref(one) for one in known]
            for one in known:
                _listen(one)
        return self.opened

    def add(self, connection: BaseDatabaseWrapper) -> None:
        _told.discard(connection)
        if self.opened is None:
            return  # the first look finds it
        _listen(connection)
        known = [one for one in self.opened if one() is not None and one() is not connection]
        self.opened[:] = [*known, ref(connection)]


_of_thread = _OfThread()


def watch_thread() -> _Opened:
    """Look at what callbacks do to this thread's connections from now on; return those that it has open."""
    return _of_thread.look()


def _note(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    _of_thread.add(connection)


connection_created.connect(_note, dispatch_uid=f"{__name__}._note")


def looks_odd(opened: _Opened) -> bool:
    """Return whether one of a thread's open connections is inside a transaction or otherwise unlike a new one.

    Asked from another thread the answer is a reason to look there with `make_fit`, no more.
    """
    for reference in opened:
        connection = reference()
        if (
            connection is not None
            and connection.connection is not None
            and (_is_in_transaction(connection) or _is_changed(connection))
        ):
            return True
    return False


def _is_changed(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the next callback would find other than what the project's settings say."""
    return bool(connection.autocommit != connection.settings_dict["AUTOCOMMIT"]) or connection in _told


_CONNECT = inspect.unwrap(BaseDatabaseWrapper.connect).__code__
# Connections whose session was told something that outlasts the transaction.
_told: WeakSet[BaseDatabaseWrapper] = WeakSet()
_TELLS = re.compile(
    r"\s*(?:SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)|(?:RESET|DISCARD|LISTEN)\b)", re.IGNORECASE
)


def _listen(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor != "postgresql":
        return
    if _hear not in connection.execute_wrappers:
        connection.execute_wrappers.append(_hear)
    raw = connection.connection
    if hasattr(raw, "wait"):  # psycopg 3
        # While it waits for the server in C, a thread cannot be interrupted: now it comes back to Python several
        # times a second. And no thread waits for longer than a callback may take, nor for one that was given up.
        limit_waits(raw, lambda: app_settings.HANDLER_TIMEOUT)


def _hear(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if isinstance(sql, str) and (_TELLS.match(sql) or "set_config" in sql) and not _is_connecting():
        _told.add(context["connection"])
    return execute(sql, params, many, context)


def _is_connecting() -> bool:
    """Return whether this is called while Django opens a connection: its receivers may set what they like."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_code is _CONNECT:
            return True
        frame = frame.f_back
    return False


def _is_in_transaction(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block or connection.needs_rollback:
        return True
    if connection.vendor == "postgresql":
        return _transaction_status(connection) not in (_IDLE, _UNKNOWN, None)
    return bool(getattr(connection.connection, "in_transaction", False))


def _is_fit(connection: BaseDatabaseWrapper) -> bool:
    if connection.vendor == "postgresql" and _transaction_status(connection) == _UNKNOWN:
        return False  # the server is gone
    # It may answer, and refuse all the same: after a failover a session stays on a server that is read-only now.
    # Django notes no errors that are about the data.
    return not connection.errors_occurred


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
