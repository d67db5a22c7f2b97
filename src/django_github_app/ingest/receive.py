"""Receive one delivery: validate, store, answer. The same at every entrance; only reading the request differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from django_github_app.deliveries import Delivery, Rejection
from django_github_app.errors import DeliveryConflict, InboxUnavailable

from . import inbox
from .answers import Answer, accepted, refused
from .in_flight import Held

__all__ = ["areceive", "receive"]

_REFUSED: Final = (Rejection, DeliveryConflict, InboxUnavailable)


def receive(get_delivery: Callable[..., Delivery], worker_type: str, held: Held, *request: Any) -> Answer:
    """Return the answer to a request; ``get_delivery`` reads it, and counts what it reads in ``held``.

    It is called with ``request``.
    """
    try:
        delivery = get_delivery(*request)
        return accepted(delivery, inbox.store(delivery, worker_type))
    except _REFUSED as error:
        return refused(error, close=not held.complete)
    finally:
        held.release()


async def areceive(coming: Awaitable[Delivery], worker_type: str, held: Held) -> Answer:
    """As `receive`, for a coroutine; ``coming`` reads the request when it is awaited."""
    try:
        delivery = await coming
        return accepted(delivery, await inbox.astore(delivery, worker_type))
    except _REFUSED as error:
        return refused(error, close=not held.complete)
    finally:
        held.release()
