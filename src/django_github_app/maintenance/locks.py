"""Locks for work that one process at a time should do: rows with a term, not locks of a database session.

Behind a pooler in transaction mode each statement may get another connection, so a session's lock would stay on one
where nobody releases it. A row also lets go of a killed holder by itself, within `TERM` seconds, and works on SQLite.

A lock saves double work; it is not what keeps that work correct. A holder that is stopped for longer than `TERM`
loses it unnoticed, so what must not happen twice is a constraint or a conditional update besides.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, InterfaceError, connections

from django_github_app.conf import app_settings
from django_github_app.github import cache
from django_github_app.models import Lock
from django_github_app.sql.dialects import Dialect, dialect_for

logger = logging.getLogger(__name__)

TERM = 30.0
"""Seconds after which the lock of a holder that does not renew it is free."""
RENEW_EVERY = 10.0

_TABLE = Lock._meta.db_table


@contextlib.contextmanager
def hold(name: str) -> Iterator[bool]:
    """Hold the lock ``name`` if it is free, and yield whether it was; never waits for it.

    It is renewed while the block runs, from a thread that opens a connection only for a block that takes longer than
    `RENEW_EVERY` seconds.
    """
    holder = uuid.uuid4().hex
    if not _take(name, holder):
        logger.info("the lock is held by another process", extra={"lock": name})
        yield False
        return
    over = threading.Event()
    renewal = threading.Thread(
        target=_renew_until, args=(over, name, holder), name=f"github-lock-{name}", daemon=True
    )
    renewal.start()
    try:
        yield True
    finally:
        over.set()
        renewal.join(RENEW_EVERY)
        # Whatever ended the block ends it as it would have: the lock frees itself.
        with contextlib.suppress(DatabaseError, InterfaceError):
            _let_go(name, holder)


def name_of_app(work: str) -> str:
    """Return a lock's name for work that each GitHub App that shares this database does for itself."""
    return cache.key(app_settings.API_URL, work)


def _take(name: str, holder: str) -> bool:
    dialect = dialect_for(Lock)
    # Who holds it commits at once, so a row that is locked is being taken at this moment: not waited for.
    skip_locked = dialect.skip_locked.replace(" OF e", "")
    free = f"SELECT name FROM {_TABLE} WHERE name = %s AND expires_at <= {dialect.now} {skip_locked}"  # noqa: S608
    taken = dialect.execute(
        f"UPDATE {_TABLE} SET holder = %s, expires_at = {dialect.later} "  # noqa: S608
        f"WHERE name = ({free}) AND expires_at <= {dialect.now} RETURNING name",
        [holder, _term(dialect), name],
    )
    if not taken:  # it is held, or nobody ever held it
        taken = dialect.execute(
            f"INSERT INTO {_TABLE} (name, holder, expires_at) VALUES (%s, %s, {dialect.later}) "  # noqa: S608
            "ON CONFLICT (name) DO NOTHING RETURNING name",
            [name, holder, _term(dialect)],
        )
    return bool(taken)


def _renew_until(over: threading.Event, name: str, holder: str) -> None:
    try:
        while not over.wait(RENEW_EVERY):
            try:
                if not _renew(name, holder):
                    logger.warning("the lock was lost: its holder was silent", extra={"lock": name})
                    return
            except (DatabaseError, InterfaceError) as error:
                # The next round may still be in time.
                logger.warning(
                    "the lock was not renewed", extra={"lock": name, "error": type(error).__name__}
                )
                connections[dialect_for(Lock).connection.alias].close()
    finally:
        connections.close_all()  # those of this thread


def _renew(name: str, holder: str) -> bool:
    dialect = dialect_for(Lock)
    sql = f"UPDATE {_TABLE} SET expires_at = {dialect.later} WHERE name = %s AND holder = %s RETURNING name"  # noqa: S608
    return bool(dialect.execute(sql, [_term(dialect), name, holder]))


def _let_go(name: str, holder: str) -> None:
    dialect = dialect_for(Lock)
    # Kept, not deleted: the next holder then needs one statement.
    sql = f"UPDATE {_TABLE} SET expires_at = {dialect.now} WHERE name = %s AND holder = %s RETURNING name"  # noqa: S608
    dialect.execute(sql, [name, holder])


def _term(dialect: Dialect) -> Any:
    return dialect.seconds(TERM)


__all__ = ["RENEW_EVERY", "TERM", "hold", "name_of_app"]
