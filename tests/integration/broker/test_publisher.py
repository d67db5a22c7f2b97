"""Event ids on their way to the workers, over each broker that is here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from deploy.local_servers import LocalServers
from django_github_app.broker import publisher
from django_github_app.broker.queues import queue_for
from django_github_app.celery import configure


@pytest.fixture(autouse=True)
def _brokers_are_named_by_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    # Celery lets the environment overrule what an app was made with.
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)


@pytest.fixture(params=["broker_url", "machine_redis", "machine_rabbitmq"])
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Celery]:
    """A Celery app on one kind of broker, with queues that no other test uses."""
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "QUEUE_PREFIX": f"test-{uuid.uuid4().hex[:8]}",
        "BATCH_SIZE": 3,
    }
    made = configure(
        Celery("publishing", broker=request.getfixturevalue(request.param), set_as_current=False)
    )
    monkeypatch.setattr(publisher, "get_current_app", lambda: made)
    yield made
    publisher._forget_producer()
    with made.connection_for_write() as connection:
        for worker_type in ("sync", "async"):
            channel: Any = connection.default_channel
            channel.queue_delete(queue_for(worker_type))


def received(app: Celery, worker_type: str) -> list[tuple[Any, Any]]:
    """Take every message of a queue: (task name, arguments)."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(queue_for(worker_type), queue_opts={"durable": True})
        try:
            while True:
                message = queue.get(timeout=0.2)
                found.append((message.headers["task"], message.payload[0]))
                message.ack()
        except queue.Empty:
            return found
        finally:
            queue.close()


def test_ids_travel_in_order_to_the_queue_of_their_type_as_few_messages_as_the_batch_size_allows(
    app: Celery,
) -> None:
    publisher.publish([("sync", 1), ("async", 2), ("sync", 3), ("sync", 4), ("sync", 5)])
    task = "django_github_app.tasks.process_events"
    assert received(app, "sync") == [(task, [[1, 3, 4], "sync"]), (task, [[5], "sync"])]
    assert received(app, "async") == [(task, [[2], "async"])]


def test_a_message_carries_no_more_events_than_asked_for(app: Celery) -> None:
    publisher.publish([("sync", pk) for pk in range(5)], 2)
    assert [ids for _, (ids, _) in received(app, "sync")] == [[0, 1], [2, 3], [4]]


def test_events_published_singly_do_not_share_a_message(app: Celery) -> None:
    publisher.publish_singly([("sync", 1), ("sync", 2)])
    task = "django_github_app.tasks.process_alone"
    assert received(app, "sync") == [(task, [[1], "sync"]), (task, [[2], "sync"])]


def test_a_message_may_be_for_no_event_in_particular(app: Celery) -> None:
    publisher.wake("sync")
    assert received(app, "sync") == [("django_github_app.tasks.process_events", [[], "sync"])]


def test_a_queue_that_holds_messages_enough_gets_no_more_until_they_are_taken(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "ENOUGH_QUEUED", 5)
    monkeypatch.setattr(publisher, "LOOK_AFTER", 3)
    background = publisher.BackgroundPublisher()

    def publish(count: int, worker_type: str = "sync") -> None:
        for pk in range(count):
            background._group.submit([(worker_type, pk)], 10)

    publish(40)
    publish(2, "async")
    messages = received(app, "sync")
    assert 5 <= len(messages) <= 5 + 3 + 1
    assert len(received(app, "async")) == 2
    publish(2)
    assert len(received(app, "sync")) == 2
    background.close()


def test_a_long_queue_is_asked_for_its_length_once_for_all_that_came_in(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def many(worker_type: str) -> int:
        asked.append(worker_type)
        return 1000

    monkeypatch.setattr(publisher, "messages_waiting", many)
    monkeypatch.setattr(publisher, "ENOUGH_QUEUED", 5)
    background = publisher.BackgroundPublisher()
    background._crowded.add("sync")
    background._flush([[("sync", pk) for pk in range(100)]])
    background.close()
    assert asked == ["sync"]
    assert received(app, "sync") == []


def test_the_background_publisher_gathers_what_comes_in_meanwhile(app: Celery) -> None:
    background = publisher.BackgroundPublisher()
    for pk in range(60):
        background.publish_soon([("async", pk)])
    background.close()
    ids = [pk for _, (batch, _) in received(app, "async") for pk in batch]
    assert ids == list(range(60))


def test_a_broker_that_is_down_costs_no_time_and_is_tried_again(
    private_valkey: LocalServers, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    app = configure(Celery("down", broker=f"{private_valkey.valkey_url}/0", set_as_current=False))
    monkeypatch.setattr(publisher, "get_current_app", lambda: app)
    monkeypatch.setattr(publisher, "PAUSE_AFTER_FAILURE", 0.05)
    background = publisher.BackgroundPublisher()
    background.publish_soon([("sync", 1)])
    private_valkey.kill_valkey()
    started = time.monotonic()
    for pk in range(100):
        background.publish_soon([("sync", pk)])
    assert time.monotonic() - started < 0.3
    private_valkey.start_valkey()
    deadline = time.monotonic() + 20
    while not received(app, "sync") and time.monotonic() < deadline:
        background.publish_soon([("sync", 777)])
    background.close()
    assert time.monotonic() < deadline
