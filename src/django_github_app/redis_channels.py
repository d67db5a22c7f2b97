"""kombu's Redis channels, made to waste less time."""

from __future__ import annotations

from typing import Any

__all__ = ["keep_client"]


def keep_client(channel: Any) -> None:
    """Let a Redis channel of kombu keep its client.

    It makes a new one to send, to note and to acknowledge each message, and that takes longer than to do it. A
    client is a view of the channel's pool of connections, safe to share between threads.
    """
    make = getattr(channel, "_create_client", None)
    if make is None:  # another transport
        return
    kept: Any = None

    def client(asynchronous: bool = False) -> Any:
        nonlocal kept
        if asynchronous:
            return make(asynchronous=True)
        if kept is None or kept.connection_pool is not channel.pool:  # a fork gives the channel another pool
            kept = make()
        return kept

    channel._create_client = client
