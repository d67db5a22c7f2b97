from __future__ import annotations

import logging
from typing import Any

import pytest
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu import Connection
from kombu.message import Message
from kombu.transport import memory, redis
from redis import ConnectionPool, Redis

from django_github_app.broker.consumer import Consumer
from django_github_app.broker.redis import keep_client, note_no_events

logger = logging.getLogger("quiet")
logger.disabled = True


class LostChannel:
    """A channel of kombu's Redis transport whose connection is gone."""

    no_ack_consumers = None

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")


def test_an_acknowledgement_over_a_lost_connection_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_to_requests = []
    monkeypatch.setattr(
        CeleryConsumer, "update_strategies", lambda self: given_to_requests.append(self.connection_errors)
    )
    consumer = object.__new__(Consumer)
    consumer.connection_errors = (ConnectionError,)
    consumer.update_strategies()

    message = Message("", delivery_tag="tag", channel=LostChannel())
    with pytest.raises(AttributeError):
        message.ack_log_error(logger, (ConnectionError,))  # what Celery does
    message.ack_log_error(logger, given_to_requests[0])
    assert consumer.connection_errors == (ConnectionError,)


class TestKeptClient:
    """Over real channels of kombu, which open no connection before they are used."""

    def channel(self) -> Any:
        channel: Any = object.__new__(redis.Channel)
        channel._pool = channel._async_pool = None
        channel.Client = Redis
        channel._get_pool = lambda asynchronous=False: ConnectionPool.from_url("redis://localhost:1")
        return channel

    def test_messages_are_acknowledged_with_one_client(self) -> None:
        channel = self.channel()
        keep_client(channel)
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert first.connection_pool is channel.pool

    def test_the_client_that_waits_for_messages_stays_its_own(self) -> None:
        channel = self.channel()
        keep_client(channel)
        with channel.conn_or_acquire() as client:
            assert channel.client is not client
            assert channel.client.connection_pool is channel.async_pool

    def test_after_a_fork_there_is_another_client(self) -> None:
        channel = self.channel()
        keep_client(channel)
        with channel.conn_or_acquire() as before:
            channel._pool = None  # as kombu leaves it
        with channel.conn_or_acquire() as after:
            assert after is not before
            assert after.connection_pool is channel.pool

    def test_channels_of_other_transports_are_left_alone(self) -> None:
        channel = memory.Transport(Connection("memory://")).Channel
        keep_client(channel)
        note_no_events(channel, print)
        assert not hasattr(channel, "_create_client")
        assert channel.QoS is memory.Channel.QoS
