"""Receive one delivery: validate, store, answer. The same at every entrance; only reading the request differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from django_github_app import probes
from django_github_app.deliveries import Delivery, Rejection
from django_github_app.errors import DeliveryConflict, InboxUnavailable

from . import inbox
from .answers import Answer, accepted, refused
from .in_flight import Held

__all__ = ["areceive", "note", "receive"]

_REFUSED: Final = (Rejection, DeliveryConflict, InboxUnavailable)


def receive(get_delivery: Callable[..., Delivery], worker_type: str, held: Held, *request: Any) -> Answer:
    """Return the answer to a request; ``get_delivery`` reads it, and counts what it reads in ``held``.

    It is called with ``request``.
    """
    if (tracer := probes.tracer) is not None:
        with tracer.receive(_entrance(get_delivery)) as span:
            answer = _receive(get_delivery, worker_type, held, request)
            span.set(http__response__status_code=answer.status)
    else:
        answer = _receive(get_delivery, worker_type, held, request)
    if probes.sink is not None or probes.after_answer is not None:
        note(_entrance(get_delivery), answer)
    return answer


def _receive(
    get_delivery: Callable[..., Delivery], worker_type: str, held: Held, request: tuple[Any, ...]
) -> Answer:
    try:
        delivery = get_delivery(*request)
        if (tracer := probes.tracer) is None:
            return accepted(delivery, inbox.store(delivery, worker_type))
        with tracer.store(delivery.delivery, delivery.event):
            return accepted(delivery, inbox.store(delivery, worker_type))
    except _REFUSED as error:
        return refused(error, close=not held.complete)
    finally:
        held.release()


async def areceive(
    coming: Awaitable[Delivery], worker_type: str, held: Held, entrance: str = "view"
) -> Answer:
    """As `receive`, for a coroutine; ``coming`` reads the request when it is awaited."""
    if probes.tracer is not None:
        return await _atraced(coming, worker_type, held, entrance)
    try:
        delivery = await coming
        answer = accepted(delivery, await inbox.astore(delivery, worker_type))
    except _REFUSED as error:
        answer = refused(error, close=not held.complete)
    finally:
        held.release()
    if probes.sink is not None or probes.after_answer is not None:
        note(entrance, answer)
    return answer


async def _atraced(coming: Awaitable[Delivery], worker_type: str, held: Held, entrance: str) -> Answer:
    tracer = cast("probes.Tracer", probes.tracer)
    try:
        with tracer.receive(entrance) as span:
            try:
                delivery = await coming
                with tracer.store(delivery.delivery, delivery.event):
                    answer = accepted(delivery, await inbox.astore(delivery, worker_type))
            except _REFUSED as error:
                answer = refused(error, close=not held.complete)
            span.set(http__response__status_code=answer.status)
    finally:
        held.release()
    note(entrance, answer)
    return answer


def note(entrance: str, answer: Answer) -> None:
    """Count an answer, and let whoever watches look whether all is well."""
    if (sink := probes.sink) is not None:
        sink(("answer", entrance, answer.said))
    if (after_answer := probes.after_answer) is not None:
        after_answer()


def _entrance(get_delivery: Callable[..., Any]) -> str:
    module = get_delivery.__module__.rpartition(".")[2]
    return module if module in ("asgi", "wsgi") else "view"
