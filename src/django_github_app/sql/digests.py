"""Signed bodies that were received, by the digest that GitHub signed them with: one statement for many."""

from __future__ import annotations

from collections.abc import Sequence

from django_github_app.models import BodyDigest

from .dialects import Column, dialect_for
from .outcomes import in_one_go

_TABLE = BodyDigest._meta.db_table
_COLUMNS = (
    Column("digest", "bytea"),
    Column("delivery", "text"),
    Column("event", "text"),
    Column("hook_id", "bigint"),
)
_NAMES = ", ".join(column.name for column in _COLUMNS)

Names = tuple[str, str, int]
"""Delivery id, event name, hook id."""


def first_seen(bodies: Sequence[tuple[bytes, Names]]) -> dict[bytes, Names]:
    """Note bodies, by digest, and return under which names each came first."""
    dialect = dialect_for(BodyDigest)
    first = dict(reversed(bodies))
    rows = [(digest, *names) for digest, names in sorted(first.items())]
    with in_one_go(dialect) if dialect.is_postgresql else dialect.atomic():
        if dialect.is_postgresql:
            source, parameters = dialect.rows(_COLUMNS, rows)
            # What is there already is changed to itself, so that it is returned: one round trip.
            sql = f"""
                INSERT INTO {_TABLE} AS known ({_NAMES}, seen_at)
                SELECT {_NAMES}, {dialect.now} FROM {source}
                ON CONFLICT (digest) DO UPDATE SET delivery = known.delivery
                RETURNING {_NAMES}"""  # noqa: S608
            returned = dialect.execute(sql, parameters)
        else:
            sql = f"""
                INSERT INTO {_TABLE} AS known ({_NAMES}, seen_at) VALUES (%s, %s, %s, %s, {dialect.now})
                ON CONFLICT (digest) DO UPDATE SET delivery = known.delivery
                RETURNING {_NAMES}"""  # noqa: S608
            returned = [one for row in rows for one in dialect.execute(sql, row)]
    return {bytes(digest): (delivery, event, hook_id) for digest, delivery, event, hook_id in returned}


def forget_old(days: int, most: int = 5000) -> int:
    """Forget at most ``most`` bodies that were first seen more than ``days`` days ago; return how many."""
    dialect = dialect_for(BodyDigest)
    sql = f"""
        DELETE FROM {_TABLE} WHERE digest IN (
            SELECT digest FROM {_TABLE} WHERE seen_at < {dialect.seconds_from_now("%s")}
            ORDER BY seen_at LIMIT {int(most)}
        ) RETURNING 1"""  # noqa: S608
    return len(dialect.execute(sql, [dialect.seconds(-86400.0 * days)]))


__all__ = ["Names", "first_seen", "forget_old"]
