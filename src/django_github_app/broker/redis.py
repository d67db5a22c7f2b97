"""kombu's Redis channels, made to waste less time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

__all__ = [
    "CLUSTER",
    "is_cluster",
    "is_of_a_cluster",
    "is_redis",
    "keep_client",
    "note_no_events",
    "passing_errors",
]

# The tasks whose messages are hints: what they name is in the database, and the sweep finds it there.
HINTS: Final = tuple(
    f"django_github_app.tasks.{name}" for name in ("process_event", "process_events", "process_alone")
)

CLUSTER: Final = (
    "The broker is a Redis Cluster, which Celery cannot use: its queues lie on several nodes. Set CELERY_BROKER_URL "
    "to a Redis that is no cluster (or to Sentinel, with cluster mode off)."
)


def passing_errors(connection: Any) -> tuple[type[Exception], ...]:
    """Return what a Redis says that takes no writes for now, and kombu does not count among lost connections."""
    if connection.transport_cls not in ("redis", "rediss", "sentinel"):
        return ()
    from redis import exceptions

    return (exceptions.ReadOnlyError, exceptions.OutOfMemoryError)


def is_cluster(channel: Any) -> bool:
    """Return whether a channel's server is a node of a Redis Cluster, as far as it says so."""
    if not is_redis(channel):
        return False
    try:
        return bool(channel.client.info("cluster").get("cluster_enabled"))
    except Exception:  # noqa: BLE001 - a server may keep INFO from its users
        return False


def is_of_a_cluster(error: BaseException) -> bool:
    """Return whether an error says that the server is a node of a Redis Cluster."""
    return type(error).__name__ in ("ClusterCrossSlotError", "MovedError", "AskError") and (
        type(error).__module__ == "redis.exceptions"
    )


def keep_client(channel: Any) -> None:
    """Let a Redis channel of kombu keep its client.

    It makes a new one to send, to note and to acknowledge each message, and that takes longer than to do it. A
    client is a view of the channel's pool of connections, safe to share between threads.
    """
    if not is_redis(channel):
        return
    make = channel._create_client
    kept: Any = None

    def client(asynchronous: bool = False) -> Any:
        nonlocal kept
        if asynchronous:
            return make(asynchronous=True)
        if kept is None or kept.connection_pool is not channel.pool:  # a fork gives the channel another pool
            kept = make()
        return kept

    channel._create_client = client


def note_no_events(channel: Any, on_refusal: Callable[[BaseException], None]) -> None:
    """Let a Redis channel of kombu, before it is asked for its ``qos``, keep no copies of messages that name events.

    It notes each message that it hands out in Redis, and takes the note back when the message is acknowledged: two
    transactions, a quarter of what a message costs a worker. A note brings a message back when its worker was killed,
    after ``visibility_timeout``. The sweep brings the events back long before that, so for them it is not worth it.
    Messages of other tasks are noted as before, and those of ours are put back too when a worker stops in good order.
    ``on_refusal`` is told of an acknowledgement that the server refuses.
    """
    if not is_redis(channel):
        return
    from kombu.transport import redis

    # Not a project's own; and with ``ack_emulation`` off nothing is noted anyway.
    if channel.QoS is redis.QoS:
        channel.QoS = _quality_of_service()
        channel.on_refusal = on_refusal


def is_redis(channel: Any) -> bool:
    """Return whether a channel is of kombu's Redis transport."""
    return hasattr(channel, "_create_client")


@cache
def _quality_of_service() -> type[Any]:
    # Here, because a project on another broker has no reason to load kombu's Redis transport.
    from kombu.transport import redis, virtual

    class QoS(redis.QoS):
        """Notes only messages that are no hints; hints are known to this process alone."""

        channel: Any
        _delivered: Any

        def append(self, message: Any, delivery_tag: str) -> None:
            if _is_hint(message):
                virtual.QoS.append(self, message, delivery_tag)
            else:
                super().append(message, delivery_tag)

        def ack(self, delivery_tag: str) -> None:
            if _is_hint(self._delivered.get(delivery_tag)):
                virtual.QoS.ack(self, delivery_tag)
            else:
                with self._told_of_refusals():
                    super().ack(delivery_tag)

        def reject(self, delivery_tag: str, requeue: bool = False) -> None:
            message = self._delivered.get(delivery_tag)
            if not _is_hint(message):
                with self._told_of_refusals():
                    super().reject(delivery_tag, requeue)
                return
            if requeue:
                self._put_back(message, first=True)
            virtual.QoS.ack(self, delivery_tag)

        def restore_unacked(self, client: Any = None) -> None:
            for tag, message in list(self._delivered.items()):
                if _is_hint(message):
                    self._put_back(message, client=client)
                    del self._delivered[tag]
            super().restore_unacked(client)

        @contextmanager
        def _told_of_refusals(self) -> Iterator[None]:
            try:
                yield
            except Exception as error:
                self.channel.on_refusal(error)
                raise

        def _put_back(self, message: Any, *, first: bool = False, client: Any = None) -> None:
            info = message.delivery_info
            with self.pipe_or_acquire(client=client) as pipe:
                self.channel._do_restore_message(
                    message._raw, info["exchange"], info["routing_key"], pipe, first
                )
                pipe.execute()

    return QoS


def _is_hint(message: Any) -> bool:
    return message is not None and message.headers.get("task") in HINTS
