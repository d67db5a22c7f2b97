"""What differs between PostgreSQL and SQLite in the few statements that are written by hand.

The hot statements take whole columns of values as one array each, so that their text, and with it the
database's work of planning them, stays the same whatever the number of rows.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import struct
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from django_github_app.errors import DatabaseUnsupported
from django_github_app.process.clock import as_aware, as_field, as_utc

if TYPE_CHECKING:
    import psycopg

try:
    # Before the first connection: it takes over what psycopg can adapt at that moment.
    from .packed_arrays import pack
except ImportError:  # a project on SQLite has no psycopg; one with psycopg2 is told so
    _HAS_PSYCOPG = False
else:
    _HAS_PSYCOPG = True

Row = tuple[Any, ...]

SERIALIZATION_ATTEMPTS = 10
_TIME_FORMAT = "'%%Y-%%m-%%d %%H:%%M:%%f'"

# Connections that were asked to keep their statements, and until when they keep their plans; None: they keep nothing.
_keeps_statements: WeakKeyDictionary[psycopg.Connection[Row], float | None] = WeakKeyDictionary()
PLANS_LAST = 1.0
"""Seconds for which plans are kept: to plan a claim or an outcome takes as long as to run it for some events."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values for `Dialect.rows`: its name, its PostgreSQL type, and whether few short texts fill it."""

    name: str
    type: str
    repeats: bool = False


class Dialect:
    """PostgreSQL."""

    is_postgresql: ClassVar[bool] = True
    now = "statement_timestamp()"
    later = "(statement_timestamp() + make_interval(secs => %s))"
    epoch = "extract(epoch FROM statement_timestamp())::integer"
    exact_epoch = "extract(epoch FROM statement_timestamp())::double precision"
    skip_locked = "FOR UPDATE OF e SKIP LOCKED"
    ids = "= ANY(%b::bigint[])"
    texts = "= ANY(%s::text[])"
    least = "LEAST"
    greatest = "GREATEST"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def array(self, values: Sequence[Any]) -> Any:
        """Return the parameter for ``ids`` or ``texts``."""
        values = list(values)
        return values if values and isinstance(values[0], str) else pack(values, "bigint")

    def chosen(self, subquery: str) -> str:
        """Return a condition on an id: it is one of those that the subquery locks."""
        # As an array the subquery runs once; PostgreSQL may run IN (… FOR UPDATE …) again for each row.
        return f"= ANY(ARRAY({subquery}))"

    @staticmethod
    def rows(columns: Sequence[Column], values: Sequence[Row]) -> tuple[str, list[Any]]:
        """Return a FROM item named ``o`` that holds ``values``, and its parameters."""
        unnested = ", ".join(f"%b::{c.type}[]" for c in columns)
        names = ", ".join(c.name for c in columns)
        by_column = zip(columns, zip(*values, strict=True), strict=True)
        return f"unnest({unnested}) AS o({names})", [
            pack(one, c.type, repeats=c.repeats) for c, one in by_column
        ]

    def seconds(self, seconds: float) -> Any:
        """Return the parameter for ``later``."""
        return seconds

    def moment(self, moment: dt.datetime) -> Any:
        """Return a moment as a parameter of a statement written by hand."""
        return as_aware(moment)

    def as_moment(self, value: dt.datetime | str) -> dt.datetime:
        """Return a time that such a statement gave, aware and in UTC."""
        return as_utc(value, self.time_zone)

    @property
    def time_zone(self) -> dt.tzinfo:
        """The zone of the times without one that the database holds."""
        return self.connection.timezone or timezone.get_default_timezone()

    def seconds_from_now(self, column: str) -> str:
        return f"(statement_timestamp() + make_interval(secs => {column}))"

    def seconds_since(self, column: str) -> str:
        return f"extract(epoch FROM statement_timestamp() - {column})::double precision"

    def seconds_between(self, later: str, earlier: str) -> str:
        """Return SQL for the seconds from one moment to another."""
        return f"EXTRACT(EPOCH FROM {later} - {earlier})"

    def keep_statements(self) -> None:
        """Let PostgreSQL keep this connection's statements, where the project's ``prepare_threshold`` says so.

        It plans them once a second: a plan made while a table was empty reads all of it when it has grown. Asked
        for before each use of the connection. Not behind a pooler: the next statement may get another connection,
        on which plans are kept too.
        """
        self.connection.ensure_connection()
        raw = cast("psycopg.Connection[Row]", self.connection.connection)
        if raw.prepare_threshold is None:
            return
        now = time.monotonic()
        if raw not in _keeps_statements:
            # A pooler has numbers of its own for its clients.
            direct = self.execute("SELECT pg_backend_pid()") == [(raw.info.backend_pid,)]
            if direct:
                self.execute("SET plan_cache_mode = force_generic_plan")
            _keeps_statements[raw] = now + PLANS_LAST if direct else None
        elif (until := _keeps_statements[raw]) is not None and now >= until:
            # Often the first statement after an outage: whoever waits for the database knows Django's errors.
            with self.connection.wrap_database_errors:
                raw.execute("DISCARD PLANS", prepare=False)
            _keeps_statements[raw] = now + PLANS_LAST

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, keep_plan: bool = False) -> list[Row]:
        """Run one statement and return what it returns.

        ``keep_plan`` lets PostgreSQL keep its plan, where the project's ``prepare_threshold`` says so: only for one
        that stays good. A plan made while a table was empty reads all of it, and claims went by it when it had grown.
        """
        import psycopg

        self.connection.ensure_connection()
        raw = cast("psycopg.Connection[Row]", self.connection.connection)
        prepare = None if keep_plan or _keeps_statements.get(raw) is not None else False
        # Django's own cursor pastes values into the text; this one sends them beside it, bytes as bytes.
        with self.connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
            try:
                self._execute(cursor, sql, parameters, prepare)
            except psycopg.errors.FeatureNotSupported:
                # "cached plan must not change result type": a migration changed a column that a statement returns
                # which PostgreSQL keeps. It was not run, and psycopg would name it for ever.
                if prepare is False or raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    raise
                raw.prepare_threshold = None
                cursor.execute(cast("Any", sql), parameters, binary=True)
            return cursor.fetchall() if cursor.description else []

    @staticmethod
    def _execute(
        cursor: psycopg.Cursor[Row], sql: str, parameters: Sequence[Any], prepare: bool | None
    ) -> None:
        import psycopg

        for attempt in range(SERIALIZATION_ATTEMPTS):
            try:
                cursor.execute(cast("Any", sql), parameters, prepare=prepare, binary=True)
                return
            except psycopg.errors.SerializationFailure:
                # Under REPEATABLE READ or SERIALIZABLE, where others change the same rows. A statement that is a
                # transaction of its own was undone as a whole, and sees what they did when it runs again.
                idle = cursor.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
                if not idle or attempt == SERIALIZATION_ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0.001, 0.01) * (attempt + 1))  # noqa: S311  # they must not meet again

    def atomic(self) -> AbstractContextManager[None]:
        return transaction.atomic(using=self.connection.alias)


class SQLiteDialect(Dialect):
    """SQLite: arrays travel as JSON, and there is one writer, so nothing is skipped."""

    is_postgresql = False
    epoch = "CAST(strftime('%%s', 'now') AS INTEGER)"
    exact_epoch = "((julianday('now') - 2440587.5) * 86400.0)"
    skip_locked = ""
    ids = "IN (SELECT value FROM json_each(%s))"
    texts = ids
    least = "min"
    greatest = "max"

    @property
    def now(self) -> str:  # type: ignore[override]  # differs with the time zone
        return self._strftime()

    @property
    def later(self) -> str:  # type: ignore[override]  # as above
        return self._strftime("%s || ' seconds'")

    def seconds(self, seconds: float) -> Any:
        return f"{seconds:+}"

    def moment(self, moment: dt.datetime) -> Any:
        # As Django writes it, in the zone of the times in this database.
        return str(self.connection.ops.adapt_datetimefield_value(as_field(moment)))

    def _strftime(self, *modifiers: str) -> str:
        """Return SQL for now, in the zone in which Django keeps times here: without USE_TZ, the project's."""
        offset = dt.datetime.now(self.time_zone).utcoffset()
        if offset:
            modifiers = (f"'{offset.total_seconds():+.0f} seconds'", *modifiers)
        return f"strftime({', '.join((_TIME_FORMAT, chr(39) + 'now' + chr(39), *modifiers))})"

    def array(self, values: Sequence[Any]) -> Any:
        return json.dumps(list(values))

    def chosen(self, subquery: str) -> str:
        return f"IN ({subquery})"

    @staticmethod
    def rows(columns: Sequence[Column], values: Sequence[Row]) -> tuple[str, list[Any]]:
        picked = ", ".join(f"json_extract(value, '$[{i}]') AS {c.name}" for i, c in enumerate(columns))
        return f"(SELECT {picked} FROM json_each(%s)) AS o", [json.dumps(values)]  # noqa: S608

    def seconds_since(self, column: str) -> str:
        return f"((julianday('now') - julianday({column})) * 86400.0)"

    def seconds_from_now(self, column: str) -> str:
        return self._strftime(f"{column} || ' seconds'")

    def seconds_between(self, later: str, earlier: str) -> str:
        return f"((julianday({later}) - julianday({earlier})) * 86400.0)"

    def keep_statements(self) -> None:
        """Nothing to do."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, keep_plan: bool = False) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cast("list[Row]", cursor.fetchall()) if cursor.description else []


def dialect_for(model: type[Any]) -> Dialect:
    """Return the dialect of the database that ``model`` is written to, on this thread's connection."""
    connection = connections[router.db_for_write(model)]
    match connection.vendor:
        case "postgresql" if _HAS_PSYCOPG:
            return Dialect(connection)
        case "sqlite":
            return SQLiteDialect(connection)
    raise DatabaseUnsupported(unsupported(connection))


def unsupported(connection: BaseDatabaseWrapper) -> str:
    """Return a sentence about a database that events cannot be stored in; empty for one that can."""
    match connection.vendor:
        case "postgresql" if _HAS_PSYCOPG:
            return ""
        case "postgresql":
            return (
                "Events cannot be stored through psycopg2: install psycopg 3 (django-github-app-celery[postgres]), "
                "which Django then uses by itself."
            )
        case "sqlite":
            return ""
        case vendor:
            return (
                f"Events cannot be stored in {vendor}: use PostgreSQL (or SQLite for development), "
                "to which DATABASE_ROUTERS may send this app alone."
            )


def database_kind(connection: BaseDatabaseWrapper) -> str:
    """Return ``postgresql``, ``sqlite``, or what Django calls a database that events cannot be stored in."""
    return connection.vendor


def is_postgresql(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a connection is to PostgreSQL, and so to the only one that has locks, timeouts and settings."""
    return connection.vendor == "postgresql"


def is_in_memory(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a connection is to a database that lives in it alone, so that no other thread sees its rows."""
    return connection.vendor == "sqlite" and bool(getattr(connection, "is_in_memory_db", bool)())


# Classes of SQLSTATE that are about a value: cardinality (two rows where one may be), data, constraint,
# a check of a view, limits of the program (a value too long for an index).
_ABOUT_DATA = ("21", "22", "23", "44", "54")


def is_about_the_data(error: BaseException) -> bool:
    """Return whether a database refused what it was asked to store, rather than to work at all.

    Whatever else it says, a fresh connection is worth trying: a server that became a replica refuses every write with
    an InternalError, and goes on doing so for as long as a session stays.
    """
    for one in (error, error.__cause__):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state.startswith(_ABOUT_DATA)
    names = {one.__name__ for one in type(error).__mro__}
    if "Error" in names:  # DB-API's, be it the client's or Django's
        return not names.isdisjoint({"DataError", "IntegrityError", "ProgrammingError"})
    return isinstance(
        error, ValueError | TypeError | ArithmeticError | struct.error
    )  # it never left this process


def discard(connection: BaseDatabaseWrapper) -> None:
    """Close a connection so that nobody gets it again, also where Django would hand it back to a pool."""
    raw = connection.connection
    if raw is not None and is_postgresql(connection):
        with suppress(Exception):  # whatever state it is in
            raw.close()
    with suppress(Exception):
        connection.close()


def storable(text: str | None) -> str | None:
    """Return text that every database takes: NUL and lone surrogates, which PostgreSQL refuses, replaced."""
    if text is None or (text.isascii() and "\x00" not in text):
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


__all__ = [
    "Column",
    "Dialect",
    "Row",
    "database_kind",
    "dialect_for",
    "discard",
    "is_about_the_data",
    "is_in_memory",
    "is_postgresql",
    "storable",
    "unsupported",
]
