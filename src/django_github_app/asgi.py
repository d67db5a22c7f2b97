"""A plain ASGI application that receives deliveries without Django's request cycle.

Same rules, same inbox and same answers as `AsyncWebhookView`; several times cheaper, because no middleware,
signal or thread is involved. Mount it in front of Django in the site's ``asgi.py``::

    application = mount(get_asgi_application(), {"/github/async/": "async"})
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec

from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import HEADERS, BodyTooLarge, MethodNotAllowed, Rejection, parse
from .errors import DeliveryConflict, InboxUnavailable
from .ingest import inbox
from .ingest.answers import Answer, accepted, refused

__all__ = ["WebhookApplication", "mount"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Django, Starlette and asgiref each have types of their own for the three, and none takes another's.
Application = Callable[[Any, Any, Any], Awaitable[None]]

_WANTED: Final = {name.encode("ascii"): name for name in HEADERS}
_encode = msgspec.json.Encoder().encode


class Disconnected(Exception):
    """The client went away before it had sent the whole body."""


class WebhookApplication:
    """ASGI application for one webhook path."""

    def __init__(self, worker_type: WorkerType = "async") -> None:
        self.worker_type = worker_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self.answer(scope, receive)
        except Disconnected:
            return
        body = _encode(answer.body)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        headers += [(name.lower().encode("ascii"), v.encode("ascii")) for name, v in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """Return the answer to one request."""
        try:
            if scope["method"] != "POST":
                raise MethodNotAllowed
            headers: dict[str, str | None] = {}
            length = 0
            for name, value in scope["headers"]:
                if name in _WANTED:
                    text = value.decode("latin-1")
                    known = _WANTED[name]
                    # A header sent twice becomes a list, as Django makes of it, so that no rule accepts it.
                    headers[known] = f"{headers[known]},{text}" if known in headers else text
                elif name == b"content-length" and value.isdigit():
                    length = int(value[:20])
            body = await _read_body(receive, length, app_settings.MAX_BODY_BYTES)
            secrets = app_settings.webhook_secrets
            if len(body) > inbox.LARGE_BODY:
                delivery = await asyncio.to_thread(parse, headers, body, secrets)
            else:
                delivery = parse(headers, body, secrets)
            stored = await inbox.astore(delivery, self.worker_type)
        except (Rejection, DeliveryConflict, InboxUnavailable) as error:
            return refused(error)
        return accepted(delivery, stored)


async def _read_body(receive: Receive, length: int, cap: int) -> bytes:
    if length > cap:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > cap:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return chunk if not chunks else b"".join([*chunks, chunk])
        chunks.append(chunk)


def mount(django: Application, paths: Mapping[str, WorkerType]) -> Application:
    """Return an application that serves webhook paths itself and hands all else to ``django``.

    ``paths`` maps a path, as in ``/github/async/``, to the worker type its deliveries are for.
    """
    webhooks = {path: WebhookApplication(worker_type) for path, worker_type in paths.items()}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            webhook = webhooks.get(scope["path"])
            if webhook is not None:
                await webhook(scope, receive, send)
                return
        await django(scope, receive, send)

    return application
