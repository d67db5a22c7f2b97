"""Waking workers: Celery messages that say that events wait, and of which ids, many ids in one.

A message is a wake-up: whoever takes it looks for whatever is pending. The queue is a hint. What is not published
here is published by the sweep, so nothing in this module retries for long, and no web request waits for it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from celery._state import get_current_app

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.process.group_commit import GroupCommit, GroupFull

from .queues import maintenance_queue, queue_for
from .redis import is_redis, keep_client

if TYPE_CHECKING:
    from kombu import Connection, Producer

logger = logging.getLogger(__name__)

EventRef = tuple[str, int]  # worker type, event id

_TASKS = "django_github_app.tasks."
TASK = _TASKS + "process_events"
ALONE = _TASKS + "process_alone"
# Seconds for which the publisher rests after it has published, and what comes meanwhile shares a message: a message
# costs a worker several times what an event does. The rest grows with the square root of how many there were, so that
# an event that comes alone hardly waits and a burst travels in full messages; docs/benchmarks has what was tried.
REST = 0.003
REST_AT_MOST = 0.030
# A queue that holds so many messages needs no more: each of them makes a worker look for all that is pending, and it
# was not taken yet. The length is asked for after so many messages, and each time while it is that long.
ENOUGH_QUEUED = 100
LOOK_AFTER = 50
PAUSE_AFTER_FAILURE = 1.0  # seconds: while the broker is down, not every delivery tries it

_local = threading.local()


def publish(refs: Iterable[EventRef], most: int | None = None) -> None:
    """Publish events to the queues of their worker types, in order, as few messages as BATCH_SIZE allows.

    ``most`` is a smaller number of events for one message. Blocks until the broker has them. Raises
    `kombu.exceptions.OperationalError` when it cannot be reached.
    """
    by_type: dict[str, list[int]] = {}
    for worker_type, pk in refs:
        by_type.setdefault(worker_type, []).append(pk)
    size = max(1, min(app_settings.BATCH_SIZE, most or app_settings.BATCH_SIZE))
    for worker_type, ids in by_type.items():
        for start in range(0, len(ids), size):
            _send(worker_type, ids[start : start + size])


def wake(worker_type: str) -> None:
    """Send a message for no event in particular. Raises what the broker's client raises."""
    if not get_current_app().conf.task_always_eager:
        _send(worker_type, [])


def messages_waiting(worker_type: str) -> int | None:
    """Return how many messages wait in the queue of a worker type; None where the broker does not say.

    What workers have taken and not acknowledged is not counted.
    """
    app = get_current_app()
    if app.conf.task_always_eager:
        return 0
    try:
        producer = _producer(app)
        if is_redis(producer.channel):
            return _messages_in(producer.channel, worker_type)
        connection: Any = _local.connection
        # A channel of its own: AMQP closes the one on which a queue was asked for that is not there.
        with connection.channel() as channel:
            return _messages_in(channel, worker_type)
    except Exception as error:  # noqa: BLE001 - each transport has its own way to say that there is no such queue
        if _is_not_found(error):
            return 0
        _forget_producer()
        logger.debug("the length of a queue is not known", extra={"error": type(error).__name__})
        return None


def _messages_in(channel: Any, worker_type: str) -> int:
    return int(channel.queue_declare(queue=queue_for(worker_type), passive=True).message_count)


def _is_not_found(error: Exception) -> bool:
    # Redis keeps no empty list, and says of an empty queue what AMQP says of one that was never declared.
    return str(getattr(error, "reply_code", None)) == "404"


def publish_singly(refs: Iterable[EventRef]) -> None:
    """Publish events one message each: events that took a worker down must not share a batch with others."""
    for worker_type, pk in refs:
        _send(worker_type, [pk], ALONE)


def send(task: str, *args: object) -> None:
    """Send one of this package's maintenance tasks, by its short name. Raises what the broker's client raises."""
    app = get_current_app()
    if app.conf.task_always_eager:
        app.loader.import_default_modules()
        app.tasks[_TASKS + task].apply(args=args)
        return
    _deliver(app, maintenance_queue(), _TASKS + task, args)


def _send(worker_type: str, ids: list[int], task: str = TASK) -> None:
    app = get_current_app()
    if app.conf.task_always_eager:
        app.loader.import_default_modules()
        app.tasks[task].apply(args=(ids, worker_type))
        return
    # For monitors; Celery's own would spell out every id.
    shown = f"({len(ids)} events from {ids[0]}, {worker_type!r})" if ids else f"(wake up, {worker_type!r})"
    if (tracer := probes.tracer) is not None:
        with tracer.publish(worker_type, ids):
            _deliver(app, queue_for(worker_type), task, (ids, worker_type), shown)
    else:
        _deliver(app, queue_for(worker_type), task, (ids, worker_type), shown)
    if (sink := probes.sink) is not None:
        sink(("published", worker_type, len(ids)))


def _deliver(app: Any, name: str, task: str, args: Sequence[object], argsrepr: str | None = None) -> None:
    # What `app.send_task` does for a task without options, at half the cost: the message, and Celery's signals. The
    # project's routes have no say in it.
    try:
        producer = _producer(app)
        message = app.amqp.create_task_message(
            str(uuid.uuid4()),
            task,
            args,
            {},
            argsrepr=argsrepr,
            kwargsrepr="{}",
            ignore_result=True,
            create_sent_event=app.conf.task_send_sent_event,
        )
        queue = app.amqp.queues[name]
        app.amqp.send_task_message(
            producer,
            task,
            message,
            queue=queue,
            retry=False,
            declare=[] if name in _local.declared else [queue],
        )
    except Exception:
        _forget_producer()
        raise
    _local.declared.add(name)


def _producer(app: Any) -> Producer:
    """Return this thread's producer, connected. One that is kept saves half the cost of a publish."""
    producer: Producer | None = getattr(_local, "producer", None)
    if producer is None or _local.app is not app:
        _forget_producer()
        connection: Connection = app.connection_for_write()
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        except Exception:
            connection.release()
            raise
        producer = _local.producer = app.amqp.Producer(connection, auto_declare=False)
        _local.connection, _local.app, _local.declared = connection, app, set()
        keep_client(producer.channel)
    return producer


def _forget_producer() -> None:
    connection: Connection | None = getattr(_local, "connection", None)
    _local.producer = _local.connection = None
    if connection is not None:
        try:
            connection.release()
        except Exception as error:  # noqa: BLE001 - it is being thrown away because it is broken
            logger.debug("closing a broken broker connection failed", extra={"error": type(error).__name__})


class BackgroundPublisher:
    """Publishes from a thread of its own, so that an acknowledgement never waits for the broker."""

    def __init__(self) -> None:
        self._group: GroupCommit[Sequence[EventRef], None] = GroupCommit(
            self._flush, name="github-publisher", most=1000, on_stop=_forget_producer
        )
        self._paused_until = 0.0
        self._sent: dict[str, int] = {}
        """Messages of each worker type since its queue's length was asked for."""
        self._crowded: set[str] = set()

    def publish_soon(self, refs: Sequence[EventRef]) -> None:
        """Publish when the thread comes to it. What cannot be published is left to the sweep."""
        try:
            self._group.post(refs)
        except GroupFull:
            logger.warning("publisher is behind", extra={"events": len(refs)})

    def close(self) -> None:
        """Publish what is waiting and stop."""
        self._group.close()
        self._paused_until = 0.0

    def _flush(self, groups: Sequence[Sequence[EventRef]]) -> list[None]:
        refs = [one for group in groups for one in group]
        if time.monotonic() < self._paused_until:
            return [None] * len(groups)
        try:
            enough = self._have_enough({worker_type for worker_type, _ in refs})
            publish(one for one in refs if one[0] not in enough)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the sweep mends it
            self._paused_until = time.monotonic() + PAUSE_AFTER_FAILURE
            if (sink := probes.sink) is not None:
                sink(("unpublished", len(refs)))
            logger.warning(
                "broker unavailable, events wait for the sweep",
                extra={"events": len(refs), "error": type(error).__name__},
            )
        # After a look at a long queue as well: it costs what a message does.
        time.sleep(min(REST * math.sqrt(len(refs)), REST_AT_MOST))
        return [None] * len(groups)

    def _have_enough(self, worker_types: set[str]) -> set[str]:
        """Return those of the worker types whose queues hold messages enough to wake whoever is there.

        Asked after the events were committed, so that whoever takes one of these messages sees them.
        """
        for worker_type in worker_types:
            self._sent[worker_type] = self._sent.get(worker_type, 0) + 1
            if worker_type in self._crowded or self._sent[worker_type] > LOOK_AFTER:
                self._sent[worker_type] = 0
                waiting = messages_waiting(worker_type) or 0
                (self._crowded.add if waiting >= ENOUGH_QUEUED else self._crowded.discard)(worker_type)
        return worker_types & self._crowded


__all__ = [
    "BackgroundPublisher",
    "EventRef",
    "messages_waiting",
    "publish",
    "publish_singly",
    "send",
    "wake",
]
