from __future__ import annotations

import logging

import pytest
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu.message import Message

from django_github_app.worker_consumer import Consumer

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

    message = Message(b"", delivery_tag="tag", channel=LostChannel())
    with pytest.raises(AttributeError):
        message.ack_log_error(logger, (ConnectionError,))  # what Celery does
    message.ack_log_error(logger, given_to_requests[0])
    assert consumer.connection_errors == (ConnectionError,)
