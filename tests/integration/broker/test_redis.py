"""What a worker's channel leaves in Redis while a message is under way, and what comes back of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Consumer, Message, Queue
from kombu.asynchronous import Hub

from django_github_app.broker import publisher
from django_github_app.broker.consumer import Consumer as WorkerConsumer
from django_github_app.broker.queues import queue_for
from django_github_app.broker.redis import note_no_events
from django_github_app.celery import configure


class Worker:
    """A worker's end of a queue: what it was given, and the messages that were sent."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.name = queue_for("sync")
        self.connection: Connection = app.connection_for_read()
        self.channel: Any = self.connection.default_channel
        note_no_events(self.channel, print)
        self.messages: list[Message] = []
        queue: Queue = app.amqp.queues[self.name]
        self.consumer = Consumer(self.channel, [queue], on_message=self.messages.append)
        self.consumer.consume()

    def next(self) -> Message:
        self.connection.drain_events(timeout=5)
        return self.messages[-1]

    def publish_an_event(self) -> None:
        publisher.publish([("sync", 7)])

    def publish_something_else(self) -> None:
        self.app.send_task("project.tasks.report", args=(1,), queue=self.name)

    @property
    def redis(self) -> Any:
        return self.channel.client

    @property
    def notes(self) -> int:
        notes: int = self.redis.hlen(self.channel.unacked_key)
        assert self.redis.zcard(self.channel.unacked_index_key) == notes
        return notes

    @property
    def waiting(self) -> int:
        length: int = self.redis.llen(self.name)
        return length


@pytest.fixture
def worker(broker_url: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Worker]:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    if not broker_url.startswith("redis"):
        pytest.skip("CELERY_BROKER_URL names another broker than Redis: unset it")
    prefix = f"test-{uuid.uuid4().hex[:8]}"
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": prefix}
    app = Celery("channels", broker=broker_url, set_as_current=False)
    # Other tests have their own unacknowledged messages in this database.
    keys = {"unacked_key": f"{prefix}-unacked", "unacked_index_key": f"{prefix}-unacked-index"}
    app.conf.broker_transport_options = keys
    monkeypatch.setattr(publisher, "get_current_app", lambda: configure(app))
    worker = Worker(app)
    yield worker
    publisher._forget_producer()
    worker.connection.release()
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        channel.queue_delete(worker.name)
        channel.client.delete(*keys.values())


def test_of_an_event_no_note_is_kept(worker: Worker) -> None:
    worker.publish_an_event()
    message = worker.next()
    assert (worker.notes, worker.waiting) == (0, 0)
    message.ack()
    worker.channel.qos._flush()
    assert len(worker.channel.qos._delivered) == 0


def test_an_event_under_way_counts_as_one_that_was_fetched(worker: Worker) -> None:
    worker.consumer.qos(prefetch_count=1)
    worker.publish_an_event()
    message = worker.next()
    assert not worker.channel.qos.can_consume()
    message.ack()
    assert worker.channel.qos.can_consume()


def test_messages_of_other_tasks_are_noted_as_ever(worker: Worker) -> None:
    worker.publish_something_else()
    message = worker.next()
    assert worker.notes == 1
    message.ack()
    assert worker.notes == 0


def test_an_event_that_is_given_back_comes_again(worker: Worker) -> None:
    worker.publish_an_event()
    first = worker.next()
    first.requeue()  # what Celery does when a child process was lost
    again = worker.next()
    assert again.headers["redelivered"]
    assert again.payload == first.payload
    again.reject()
    assert (worker.notes, worker.waiting) == (0, 0)


def test_what_is_under_way_when_a_worker_stops_is_put_back(worker: Worker) -> None:
    worker.publish_an_event()
    worker.publish_an_event()
    worker.publish_something_else()
    done = worker.next()
    worker.next()
    worker.next()
    done.ack()
    assert worker.waiting == 0
    worker.connection.release()
    with worker.app.connection_for_read() as connection:
        redis = connection.default_channel.client  # type: ignore[attr-defined]
        assert redis.llen(worker.name) == 2
        assert redis.hlen(worker.channel.unacked_key) == 0


def test_a_worker_takes_its_messages_without_notes(worker: Worker) -> None:
    """Its event loop asks for the channel's quality of service as soon as the two are connected."""
    consumer: Any = object.__new__(WorkerConsumer)
    consumer.app, consumer.hub, consumer.amqheartbeat = worker.app, Hub(), 0
    connection = consumer.connect()
    try:
        channel = connection.default_channel
        messages: list[Message] = []
        Consumer(channel, [worker.app.amqp.queues[worker.name]], on_message=messages.append).consume()
        worker.consumer.cancel()
        worker.publish_an_event()
        connection.drain_events(timeout=5)
        assert len(messages) == 1
        assert worker.notes == 0
        messages[0].ack()
    finally:
        connection.release()
