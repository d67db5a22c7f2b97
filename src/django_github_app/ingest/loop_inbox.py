"""The inbox of an event loop: group commit on a PostgreSQL connection that the loop itself drives.

It does the one thing that nearly every delivery needs, the INSERT of new rows, without a thread: a thread beside a
busy loop fights with it for the interpreter, which costs more than the INSERT. Whatever else there is to decide —
a delivery that is there already, a row that is refused, a database that went away — it leaves to the thread of
`inbox`, which stores the same deliveries as if they had just come in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db import connections, router

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.models import EventLog
from django_github_app.sql.dialects import dialect_for, discard, is_about_the_data
from django_github_app.sql.intake import NewEvent, StoredEvent, compressed, match_rows, statement
from django_github_app.sql.own_connections import impatient, limit_waits

if TYPE_CHECKING:
    import psycopg
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["LoopInbox", "inbox_of_running_loop", "waiting_in_loops"]

logger = logging.getLogger(__name__)

MOST = 256  # deliveries in one INSERT
MOST_WAITING = 20_000
# Of the bodies that wait for their commit. What arrived by then has been read whole; more is answered 503.
MOST_WAITING_BYTES = 64 * 1024 * 1024
PAUSE_AFTER_FAILURE = 1.0  # seconds for which the thread stores everything
CLOSE_TIMEOUT = 2.0
# Bytes of one batch, unless a single delivery has more: then a thread compresses it. A thread for less costs more, by
# fighting for the interpreter, than it saves, and a loop that compresses more at once keeps everybody waiting.
WORTH_A_THREAD = 384 * 1024

Published = Callable[[Sequence[StoredEvent]], None]
_Waiting = tuple[NewEvent, "asyncio.Future[StoredEvent | None]", float]  # the last: when it is given up


class LoopInbox:
    """Stores the deliveries of one event loop; ``publish`` is given the rows of each commit."""

    def __init__(self, publish: Published) -> None:
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._flushing: list[_Waiting] = []
        self._watch: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._paused_until = 0.0
        self._wrapper: BaseDatabaseWrapper | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    def is_of_running_loop(self) -> bool:
        """Say so, in the thread of its loop."""
        return self._loop.is_running()

    def put(self, new_event: NewEvent) -> asyncio.Future[StoredEvent | None] | None:
        """Take a delivery; None, at once or as the result: store it in the other way.

        The result is the new row, committed, or a TimeoutError after INBOX_TIMEOUT.
        """
        size = len(new_event.delivery.body)
        if (
            len(self._waiting) >= MOST_WAITING
            or (self._waiting and self._waiting_bytes + size > MOST_WAITING_BYTES)
            or (self._paused_until and self._is_paused())
        ):
            return None
        self._waiting_bytes += size
        loop = self._loop
        future: asyncio.Future[StoredEvent | None] = loop.create_future()
        timeout = app_settings.INBOX_TIMEOUT
        self._waiting.append((new_event, future, loop.time() + timeout))
        if self._watch is None:
            self._watch = loop.call_later(timeout, self._expire)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._serve(), name="github-inbox")
        self._arrived.set()
        return future

    def _expire(self) -> None:
        """Give up what is due, and come again for what is not: one timer costs less than one for each delivery."""
        now = self._loop.time()
        pending = [one for one in (*self._flushing, *self._waiting) if not one[1].done()]
        for _, future, deadline in pending:
            if deadline <= now:
                future.set_exception(TimeoutError("the inbox did not answer in time"))
        # They were answered; to store them later would do no harm, but to keep their bodies until then might.
        self._waiting = [one for one in self._waiting if not one[1].done()]
        self._waiting_bytes = sum(len(new_event.delivery.body) for new_event, _, _ in self._waiting)
        later = min((deadline for _, _, deadline in pending if deadline > now), default=None)
        self._watch = None if later is None else self._loop.call_at(later, self._expire)

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def waiting(self) -> int:
        """Return how many deliveries wait for their commit."""
        return len(self._waiting)

    def _is_paused(self) -> bool:
        if time.monotonic() < self._paused_until:
            return True
        self._paused_until = 0.0
        return False

    async def _serve(self) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            # Before Python 3.12 `asyncio.wait_for`, which psycopg uses, may swallow a cancellation; it still counts.
            while not task.cancelling():
                await self._arrived.wait()
                while self._waiting and not task.cancelling():
                    # A flush begins when the one before is done: what came in meanwhile shares it.
                    self._flushing = self._next_group()
                    await self._flush(self._flushing)
                self._flushing = []
                self._stop_watching()
                self._arrived.clear()
        finally:  # the loop ends and cancels its tasks
            _inboxes.pop(self._loop, None)
            _latest.__dict__.clear()
            self._stop_watching()
            for _, future, _ in (*self._flushing, *self._waiting):
                future.cancel()
            await self._close()

    def _next_group(self) -> list[_Waiting]:
        count = size = 0
        for new_event, _, _ in self._waiting[:MOST]:
            size += len(new_event.delivery.body)
            if count and size > WORTH_A_THREAD:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._waiting_bytes -= sum(len(new_event.delivery.body) for new_event, _, _ in group)
        return group

    async def _flush(self, group: Sequence[_Waiting]) -> None:
        stored: Sequence[StoredEvent | None]
        began = self._loop.time()
        try:
            # The connection's own limit comes first: a cancelled statement is waited for once more.
            async with asyncio.timeout(app_settings.INBOX_TIMEOUT + 1.0):
                stored = await self._insert([new_event for new_event, _, _ in group])
        except Exception as error:  # noqa: BLE001 - the thread tries the same, and what it raises is answered
            logger.info("deliveries go to the inbox's thread", extra={"error": type(error).__name__})
            stored = [None] * len(group)
            if not is_about_the_data(error):
                self._paused_until = time.monotonic() + PAUSE_AFTER_FAILURE
                await self._close()
        for (_, future, _), row in zip(group, stored, strict=True):
            if not future.done():
                future.set_result(row)
        committed = [row for row in stored if row is not None]
        if (sink := probes.sink) is not None:
            sink(("flush", "loop", len(committed), self._loop.time() - began))
        if committed:
            self._publish(committed)

    async def _insert(self, batch: Sequence[NewEvent]) -> list[StoredEvent | None]:
        connection = self._connection
        if connection is None or connection.closed:
            connection = await self._connect()
        if sum(len(new_event.delivery.body) for new_event in batch) < WORTH_A_THREAD:
            bodies = compressed(batch)
        else:
            bodies = await asyncio.to_thread(compressed, batch)
        sql, parameters = statement(batch, bodies)
        async with connection.cursor() as cursor:
            await cursor.execute(cast("Any", sql), parameters, binary=True)
            return match_rows(batch, await cursor.fetchall())

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        import psycopg

        await self._close()
        opening = _Opening()
        try:
            self._wrapper = await asyncio.to_thread(opening.open)
        except asyncio.CancelledError:
            opening.give_up()
            raise
        raw = cast("psycopg.Connection[Any]", self._wrapper.connection)
        # Django opened it, with all that a project's backend does at that; from here on the loop waits for it.
        connection = psycopg.AsyncConnection[Any](raw.pgconn)
        connection.prepare_threshold = raw.prepare_threshold
        limit_waits(connection, _patience)
        await connection.set_autocommit(True)
        self._connection = connection
        return connection

    async def _close(self) -> None:
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None:
            with contextlib.suppress(Exception):  # it is thrown away, whatever state it is in
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await asyncio.to_thread(discard, wrapper)
        # Not before: psycopg complains of a connection that is open when nobody has it any more.
        self._connection = None


def _patience() -> float:
    return app_settings.INBOX_TIMEOUT


def _connect() -> BaseDatabaseWrapper:
    wrapper = connections.create_connection(router.db_for_write(EventLog))
    impatient(wrapper, _patience)
    wrapper.inc_thread_sharing()  # it is closed from another thread
    wrapper.connect()
    return wrapper


class _Opening:
    """A connection that a thread opens for a loop; when the loop gives it up, whoever comes last closes it.

    The loop may have ended by then, and its threads with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: BaseDatabaseWrapper | None = None
        self._given_up = False

    def open(self) -> BaseDatabaseWrapper:
        opened = _connect()
        with self._lock:
            self._opened = opened
            given_up = self._given_up
        if given_up:
            discard(opened)
        return opened

    def give_up(self) -> None:
        """Let it be closed; what is open by now has not been used, and is closed without waiting for the server."""
        with self._lock:
            self._given_up = True
            opened = self._opened
        if opened is not None:
            discard(opened)


_inboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopInbox | None] = weakref.WeakKeyDictionary()
# The inbox that was last used in this thread: a weak dictionary takes longer to ask than all else here, and so does
# Python (before 3.12), which asks the kernel for the process's number, to tell which loop is running.
_latest = threading.local()


def _forget_after_fork() -> None:
    _latest.__dict__.clear()  # of the thread that forked


os.register_at_fork(after_in_child=_forget_after_fork)


def waiting_in_loops() -> int:
    """Return how many deliveries wait in the inboxes of this process's loops."""
    return sum(inbox.waiting() for inbox in list(_inboxes.values()) if inbox is not None)


def inbox_of_running_loop(publish: Published) -> LoopInbox | None:
    """Return the inbox of this event loop; None where the thread of `inbox` must do.

    A loop gets its own with the second delivery: one that was made for a single call, as an async view under WSGI
    gets, is not worth a connection.
    """
    latest: LoopInbox | None = getattr(_latest, "inbox", None)
    if latest is not None and latest.is_of_running_loop():
        return latest
    loop = asyncio.get_running_loop()
    found = _inboxes.get(loop)
    if found is None and dialect_for(EventLog).is_postgresql:
        if loop in _inboxes:
            found = LoopInbox(publish)
        _inboxes[loop] = found
    if found is not None:
        _latest.inbox = found
    return found
