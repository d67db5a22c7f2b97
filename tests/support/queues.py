"""What lies in the queues of the broker, whichever broker it is."""

from __future__ import annotations

from django_github_app.broker.queues import WORKER_TYPES, queue_for
from django_github_app.celery import app


def take(worker_type: str) -> list[list[int]]:
    """Take all messages out of a worker type's queue and return the event ids of each."""
    found = []
    with app.connection_for_read() as connection, connection.channel() as channel:
        queue = app.amqp.queues[queue_for(worker_type)](channel)
        queue.declare()
        while (message := queue.get(no_ack=True)) is not None:
            (ids, named), kwargs, _ = message.payload
            assert (named, kwargs) == (worker_type, {})
            found.append(ids)
    return found


def delete() -> None:
    """Remove the queues of both worker types from the broker."""
    with app.connection_for_write() as connection, connection.channel() as channel:
        for worker_type in WORKER_TYPES:
            app.amqp.queues[queue_for(worker_type)](channel).delete()
