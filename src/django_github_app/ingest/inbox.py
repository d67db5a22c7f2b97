"""Stores deliveries exactly once and publishes their ids: the only way an event gets in.

A delivery is acknowledged after its row is committed, never before. Deliveries that arrive together share one
INSERT: in an event loop on a connection of the loop's (`loop_inbox`), elsewhere on a thread's (`grouping`). The ids
are published after the commit, from another thread (`publisher`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.core import mail
from django.db import (
    DatabaseError,
    InterfaceError,
    close_old_connections,
    connections,
    router,
    transaction,
)
from django.db.models.signals import post_save

from django_github_app import probes
from django_github_app.broker import celery_app
from django_github_app.broker.publisher import BackgroundPublisher, publish
from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery
from django_github_app.errors import DeliveryConflict, GitHubAppError, InboxUnavailable
from django_github_app.models import EventLog
from django_github_app.process.group_commit import GroupCommit, GroupFull
from django_github_app.process.per_process import PerProcess
from django_github_app.sql.dialects import discard, is_about_the_data, is_in_memory
from django_github_app.sql.intake import NewEvent, StoredEvent, record
from django_github_app.sql.own_connections import close_own, impatient

from . import replays
from .loop_inbox import MOST_WAITING_BYTES, inbox_of_running_loop, waiting_in_loops

__all__ = ["StoredEvent", "astore", "store"]

R = TypeVar("R")

logger = logging.getLogger(__name__)

# Above this size checking a body takes long enough to hold up an event loop.
LARGE_BODY = 512 * 1024
CLOSE_TIMEOUT = 10.0  # seconds that a receiver of post_save may take when the process ends


def store(delivery: Delivery, worker_type: str) -> StoredEvent:
    """Commit a delivery and have it published; return its row.

    Raises `InboxUnavailable` when it could not be committed in time and `DeliveryConflict` when its id belongs
    to another body.
    """
    new_event = _new_event(delivery, worker_type)
    if _store_on_own_connection():
        return _store_here(new_event)
    try:
        return _inbox().submit(new_event, app_settings.INBOX_TIMEOUT)
    except GitHubAppError:
        raise
    except (TimeoutError, GroupFull, DatabaseError, InterfaceError) as error:
        raise _unavailable(delivery, error) from error


async def astore(delivery: Delivery, worker_type: str) -> StoredEvent:
    """As `store`, for a coroutine."""
    new_event = _new_event(delivery, worker_type)
    # In a test's transaction the row must be stored on the test's connection, which no other thread can use.
    if _may_be_in_a_test() and await sync_to_async(_store_on_own_connection)():
        return await sync_to_async(_store_here)(new_event)
    try:
        # The loop's inbox does the one thing that nearly every delivery needs; looking for replays is not that.
        own = None if replays.are_looked_for() else inbox_of_running_loop(_publish_committed)
        taken = own.put(new_event) if own is not None else None
        stored = await taken if taken is not None else None
        return stored or await _inbox().asubmit(new_event, app_settings.INBOX_TIMEOUT)
    except GitHubAppError:
        raise
    except (TimeoutError, GroupFull, DatabaseError, InterfaceError) as error:
        raise _unavailable(delivery, error) from error


def _new_event(delivery: Delivery, worker_type: str) -> NewEvent:
    lane = delivery.lane if app_settings.LANES else None
    if (tracer := probes.tracer) is None:
        return NewEvent(delivery, worker_type, lane)
    return NewEvent(delivery, worker_type, lane, tracer.current())


def _unavailable(delivery: Delivery, error: Exception) -> InboxUnavailable:
    logger.error(
        "delivery not stored",
        extra={"delivery": delivery.delivery, "event": delivery.event, "error": type(error).__name__},
    )
    return InboxUnavailable()


def _store_on_own_connection() -> bool:
    connection = connections[router.db_for_write(EventLog)]
    if connection.in_atomic_block or not app_settings.GROUP_COMMIT:
        return True
    return is_in_memory(connection)


def _may_be_in_a_test() -> bool:
    # Django's test environment, and nothing else, gives the mail module an outbox.
    return "outbox" in mail.__dict__ or not app_settings.GROUP_COMMIT


def _store_here(new_event: NewEvent) -> StoredEvent:
    try:
        (result,) = _record([new_event])
    except (DatabaseError, InterfaceError) as error:
        raise _unavailable(new_event.delivery, error) from error
    if isinstance(result, DeliveryConflict):
        raise result
    if isinstance(result, Exception):
        raise _unavailable(new_event.delivery, result) from result
    if result.created and post_save.has_listeners(EventLog):
        _tell([result])
    if result.publish:
        using = router.db_for_write(EventLog)
        transaction.on_commit(lambda: _publish_from_here(result), using=using, robust=True)
    return result


def _publish_from_here(stored: StoredEvent) -> None:
    if celery_app.runs_eagerly():
        publish([(stored.worker_type, stored.id)])
    else:
        _publisher().publish_soon([(stored.worker_type, stored.id)])


def _size(new_event: NewEvent) -> int:
    return len(new_event.delivery.body)


class _Process:
    """What one process has one of. A forked child starts with its own."""

    def __init__(self) -> None:
        self.inbox: GroupCommit[NewEvent, StoredEvent] = GroupCommit(
            _flush,
            name="github-inbox",
            on_stop=close_own,
            size=_size,
            most_bytes=MOST_WAITING_BYTES,
        )
        self.publisher = BackgroundPublisher()
        self.lock = threading.Lock()
        self.teller: ThreadPoolExecutor | None = None  # made when somebody listens to post_save


_process = PerProcess(_Process)


def _this_process() -> _Process:
    return _process.get()


def _inbox() -> GroupCommit[NewEvent, StoredEvent]:
    return _this_process().inbox


def _publisher() -> BackgroundPublisher:
    return _this_process().publisher


def close() -> None:
    """Store and publish what is waiting and stop this process's threads; the next delivery starts new ones."""
    process = _process.peek()
    if process is not None:
        process.inbox.close()
        teller, process.teller = process.teller, None
        if teller is not None:
            wait([teller.submit(connections.close_all)], timeout=CLOSE_TIMEOUT)
            teller.shutdown(wait=False)
        process.publisher.close()


def _flush(batch: Sequence[NewEvent]) -> list[StoredEvent | Exception]:
    """Run on the inbox's thread, which keeps its own database connection."""
    impatient(connections[router.db_for_write(EventLog)], lambda: app_settings.INBOX_TIMEOUT)
    began = time.perf_counter()
    results = _record(batch)
    if (sink := probes.sink) is not None:
        sink(("flush", "thread", len(batch), time.perf_counter() - began))
    _publish_committed([r for r in results if isinstance(r, StoredEvent)])
    return results


def _publish_committed(rows: Sequence[StoredEvent]) -> None:
    if post_save.has_listeners(EventLog) and any(row.created for row in rows):
        # Receivers work with the database, and this may be an event loop. They come before the workers, as they do in
        # django-github-app; what a receiver keeps waiting for too long, the sweep publishes.
        _teller().submit(_tell_and_publish, rows)
        return
    _publish_now(rows)


def _teller() -> ThreadPoolExecutor:
    process = _this_process()
    with process.lock:
        if process.teller is None:
            process.teller = ThreadPoolExecutor(1, thread_name_prefix="github-signals")
        return process.teller


def _tell_and_publish(rows: Sequence[StoredEvent]) -> None:
    close_old_connections()
    try:
        _tell([row for row in rows if row.created])
    except Exception:
        logger.exception("receivers of post_save were not told of new events")
    finally:
        close_old_connections()
    _publish_now(rows)


def _tell(rows: Sequence[StoredEvent]) -> None:
    """Send post_save for new rows. A receiver that fails is logged: the event is committed."""
    using = router.db_for_write(EventLog)
    for row in EventLog.objects.using(using).filter(pk__in=[row.id for row in rows]).order_by("pk"):
        for receiver, error in post_save.send_robust(
            EventLog, instance=row, created=True, raw=False, using=using, update_fields=None
        ):
            if isinstance(error, Exception):
                logger.error(
                    "a receiver of post_save failed",
                    extra={"event_id": row.pk, "receiver": getattr(receiver, "__qualname__", str(receiver))},
                    exc_info=error,
                )


def _publish_now(rows: Sequence[StoredEvent]) -> None:
    wanted = [(row.worker_type, row.id) for row in rows if row.publish]
    if (tracer := probes.tracer) is not None:
        tracer.stored([(row.id, row.traceparent) for row in rows])
    if wanted:
        _publisher().publish_soon(wanted)


def _record(batch: Sequence[NewEvent]) -> list[StoredEvent | Exception]:
    refused: Mapping[int, Exception] = (
        _on_a_connection(replays.find, batch) if replays.are_looked_for() else {}
    )
    kept = [new_event for at, new_event in enumerate(batch) if at not in refused] if refused else batch
    results = _on_a_connection(record, kept)
    for new_event, result in zip(kept, results, strict=True):
        if isinstance(result, DeliveryConflict):
            logger.warning(
                "delivery refused: its id was used with another body",
                extra={"delivery": new_event.delivery.delivery, "event": new_event.delivery.event},
            )
        elif isinstance(result, Exception):
            logger.error("delivery could not be stored", exc_info=result)
    if not refused:
        return results
    stored = iter(results)
    return [refused[at] if at in refused else next(stored) for at in range(len(batch))]


def _on_a_connection(do: Callable[[Sequence[NewEvent]], R], batch: Sequence[NewEvent]) -> R:
    connection = connections[router.db_for_write(EventLog)]
    try:
        return do(batch)
    except (DatabaseError, InterfaceError) as error:
        if is_about_the_data(error):
            raise
        if connection.in_atomic_block:
            # It belongs to the request's transaction; Django closes it when the request is over.
            connection.close_at = time.monotonic()
            raise
        # It may merely have been idle for too long, or its server has become a replica; a fresh one is tried once.
        discard(connection)
        try:
            return do(batch)
        except (DatabaseError, InterfaceError):
            discard(connection)
            raise


def _waiting() -> int:
    """Return how many deliveries wait for their commit in this process."""
    process = _process.peek()
    return waiting_in_loops() + (process.inbox.waiting() if process is not None else 0)


probes.backlog = _waiting
