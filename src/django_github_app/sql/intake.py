"""Recording deliveries: each stored once, whatever arrives twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import zstandard
from django.db import DatabaseError, DataError, IntegrityError, OperationalError

from django_github_app import probes
from django_github_app.bodies import frames
from django_github_app.errors import DeliveryConflict
from django_github_app.models.events import EventLog, EventStatus

from .claims import requeue
from .columns import STORED, STORED_FROM, TRACEPARENT
from .dialects import Dialect, Row, SQLiteDialect, dialect_for

if TYPE_CHECKING:
    from django_github_app.deliveries import Delivery


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """A delivery with what the view decides about it."""

    delivery: Delivery
    worker_type: str
    lane: int | None
    traceparent: str | None = None
    """The trace context of its receipt, where tracing is on."""


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """The row of a delivery, ``created`` by it or there before; ``publish`` says that a worker should look."""

    id: int
    worker_type: str
    created: bool
    publish: bool
    traceparent: str | None = None


# Where tracing is on. Elsewhere the statement is the one without, and the column costs nothing.
_TRACED = (*STORED, TRACEPARENT)
DEADLOCK_DETECTED = "40P01"
_NAMES = ", ".join(c.name for c in STORED)
_RETURNING = (
    "ON CONFLICT (delivery, hook_id) WHERE delivery IS NOT NULL DO NOTHING RETURNING id, delivery, hook_id"
)


def _insert_of(names: str) -> str:
    return (
        f"INSERT INTO {EventLog._meta.db_table} ({names}, status, received_at) "  # noqa: S608
        f"SELECT {names}, {int(EventStatus.PENDING)}, {Dialect.now} FROM {{source}} {_RETURNING}"
    )


_INSERT = _insert_of(_NAMES)
_INSERT_TRACED = _insert_of(f"{_NAMES}, traceparent")


_stored_values = attrgetter(*STORED_FROM)


def _values(new_event: NewEvent, body: bytes) -> Row:
    return (*_stored_values(new_event), body)


def record(batch: Sequence[NewEvent]) -> list[StoredEvent | Exception]:
    """Store deliveries, all in one statement, and return for each its row or why it has none.

    A delivery that cannot be stored does not keep the others from being stored. Raises
    `django.db.OperationalError` (or `InterfaceError`) when the database cannot be reached: then none is.
    """
    if not batch:
        return []
    dialect = dialect_for(EventLog)
    try:
        with dialect.atomic() if dialect.connection.in_atomic_block else nullcontext():
            created = _insert(dialect, batch)
    except (DataError, IntegrityError) as error:
        if len(batch) == 1:
            return [error]
        return [result for new_event in batch for result in record([new_event])]
    except OperationalError as error:
        # Two processes that store the same deliveries in another order: one by one they cannot deadlock.
        if len(batch) == 1 or getattr(error.__cause__, "sqlstate", None) != DEADLOCK_DETECTED:
            raise
        return [result for new_event in batch for result in record([new_event])]
    results: list[StoredEvent | None] = match_rows(batch, created)
    if None not in results:
        return [result for result in results if result is not None]
    known = _find(dialect, [i for i, result in zip(batch, results, strict=True) if result is None])
    return [
        result if result is not None else _settle(new_event, known)
        for new_event, result in zip(batch, results, strict=True)
    ]


def compressed(batch: Sequence[NewEvent]) -> list[bytes]:
    """Return the stored form of each body."""
    return frames.compress_all([new_event.delivery.body for new_event in batch])


def statement(batch: Sequence[NewEvent], stored: Sequence[bytes]) -> tuple[str, list[Any]]:
    """Return PostgreSQL's INSERT of a batch, which returns the rows that `match_rows` takes, and its parameters.

    ``stored`` holds what `compressed` returned for it.
    """
    rows = list(map(_values, batch, stored))
    if probes.tracer is None:
        source, parameters = Dialect.rows(STORED, rows)
        return _INSERT.format(source=source), parameters
    traced = [(*row, new_event.traceparent) for row, new_event in zip(rows, batch, strict=True)]
    source, parameters = Dialect.rows(_TRACED, traced)
    return _INSERT_TRACED.format(source=source), parameters


def match_rows(batch: Sequence[NewEvent], rows: Iterable[Row]) -> list[StoredEvent | None]:
    """Return for each delivery its new row, or None when it has none: it was there before."""
    created = {(delivery, hook_id): pk for pk, delivery, hook_id in rows}
    return [
        None
        if pk is None
        else StoredEvent(
            pk, new_event.worker_type, created=True, publish=True, traceparent=new_event.traceparent
        )
        for new_event in batch
        for pk in (created.pop((new_event.delivery.delivery, new_event.delivery.hook_id), None),)
    ]


def _insert(dialect: Dialect, batch: Sequence[NewEvent]) -> list[Row]:
    if not isinstance(dialect, SQLiteDialect):
        # It reads no table, and finds conflicts by the unique index, whatever the table's size.
        return dialect.execute(*statement(batch, compressed(batch)), keep_plan=True)
    marks = ", ".join(["%s"] * len(_TRACED))
    row = f"({marks}, {int(EventStatus.PENDING)}, {dialect.now})"
    sql = (
        f"INSERT INTO {EventLog._meta.db_table} ({_NAMES}, traceparent, status, received_at) "  # noqa: S608
        f"VALUES {row} {_RETURNING}"
    )
    with dialect.atomic():
        return [
            found
            for new_event, body in zip(batch, compressed(batch), strict=True)
            for found in dialect.execute(sql, (*_values(new_event, body), new_event.traceparent))
        ]


def _find(dialect: Dialect, duplicates: Sequence[NewEvent]) -> dict[tuple[str, int], Row]:
    sql = (
        "SELECT id, delivery, hook_id, status, worker_type, body, form_encoded "  # noqa: S608
        f"FROM {EventLog._meta.db_table} WHERE delivery {dialect.texts}"
    )
    rows = dialect.execute(sql, [dialect.array(sorted({d.delivery.delivery for d in duplicates}))])
    return {(row[1], row[2]): row for row in rows}


def _settle(new_event: NewEvent, known: dict[tuple[str, int], Row]) -> StoredEvent | Exception:
    """Decide what a delivery whose id is stored already means: nothing, another try, or a refusal."""
    delivery = new_event.delivery
    row = known.get((delivery.delivery, delivery.hook_id))
    if row is None:  # deleted between the two statements; GitHub may send it again
        return DatabaseError(f"delivery {delivery.delivery} was deleted while it was stored")
    pk, _, _, status, worker_type, body, form_encoded = row
    if form_encoded != delivery.form_encoded or not _is_frame_of(body, delivery.body):
        return DeliveryConflict()
    match EventStatus(status):
        case EventStatus.DEAD | EventStatus.RETRYING:
            requeue([pk])
            return StoredEvent(pk, worker_type, created=False, publish=True)
        case EventStatus.PENDING:
            return StoredEvent(pk, worker_type, created=False, publish=True)
        case _:
            return StoredEvent(pk, worker_type, created=False, publish=False)


def _is_frame_of(frame: bytes | memoryview | None, body: bytes) -> bool:
    if frame is None:
        return False
    try:
        return frames.decompress(frame) == body
    except zstandard.ZstdError:  # a row that somebody damaged; it is not overwritten
        return False


def as_stored(pk: int, delivery: Delivery, worker_type: str) -> EventLog:
    """Return the row of a delivery that was just stored, without a query."""
    row = EventLog(
        pk=pk,
        event=delivery.event,
        delivery=delivery.delivery,
        hook_id=delivery.hook_id,
        target_id=delivery.target_id,
        form_encoded=delivery.form_encoded,
        status=EventStatus.PENDING,
        worker_type=worker_type,
        **{name: getattr(delivery.summary, name) for name in delivery.summary.__struct_fields__},
    )
    row.raw_body = delivery.body
    row._state.adding = False
    return row


__all__ = ["NewEvent", "StoredEvent", "as_stored", "compressed", "match_rows", "record", "statement"]
