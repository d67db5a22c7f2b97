"""Plain ASGI applications that receive deliveries without, or before, Django's request cycle.

`WebhookApplication` has the same rules, the same inbox and the same answers as `AsyncWebhookView`; it is several
times cheaper, because no middleware, signal or thread is involved. Mount it in front of Django in the site's
``asgi.py``::

    application = mount(get_asgi_application(), {"/github/async/": "async"})

Django reads the whole body of a request before it calls a view, however large or slow it is, signed or not. A site
that maps `AsyncWebhookView` or `SyncWebhookView` under ASGI therefore wraps Django::

    application = bounded(get_asgi_application())
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec
from django.urls import Resolver404, resolve

from . import probes
from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import (
    BodyInvalid,
    Delivery,
    MethodNotAllowed,
    Rejection,
    check_claim,
    headers_of_scope,
    parse,
)
from .ingest import inbox
from .ingest.answers import Answer, refused
from .ingest.in_flight import Held
from .ingest.reading import READ_WITHIN_BOUNDS, read_messages
from .ingest.receive import areceive, note

__all__ = ["WebhookApplication", "bounded", "mount"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Django, Starlette and asgiref each have types of their own for the three, and none takes another's.
Application = Callable[[Any, Any, Any], Awaitable[None]]

_encode = msgspec.json.Encoder().encode


class WebhookApplication:
    """ASGI application for one webhook path."""

    def __init__(self, worker_type: WorkerType = "async") -> None:
        self.worker_type = worker_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = _messages(await self.answer(scope, receive), scope)
        await send(start)
        await send(body)

    def answer(self, scope: Scope, receive: Receive) -> Awaitable[Answer]:
        """Return the answer to one request."""
        held = Held()
        return areceive(_delivery(scope, receive, held), self.worker_type, held, "asgi")


async def _delivery(scope: Scope, receive: Receive, held: Held) -> Delivery:
    secrets = app_settings.webhook_secrets
    headers, length, claimed = _admit(scope, secrets)
    body = await read_messages(receive, length, held)
    if len(body) > inbox.LARGE_BODY:
        return await asyncio.to_thread(parse, headers, body, secrets, claimed=claimed)
    return parse(headers, body, secrets, claimed=claimed)


def _admit(scope: Scope, secrets: Sequence[bytes]) -> tuple[dict[str, str | None], int, bytes]:
    """Return the headers, the length and the signature of a request whose body may be read."""
    if scope["method"] != "POST":
        raise MethodNotAllowed
    headers, length = headers_of_scope(scope["headers"])
    return headers, length, check_claim(headers, secrets)


def _messages(answer: Answer, scope: Scope) -> tuple[Message, Message]:
    """Return the two messages that answer a request."""
    body = _encode(answer.body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if answer.headers:
        headers += [(name.lower().encode("ascii"), v.encode("ascii")) for name, v in answer.headers.items()]
    if answer.close and scope.get("http_version", "1.1") in ("1.0", "1.1"):
        # The rest of the body need not be waited for.
        headers.append((b"connection", b"close"))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


async def _respond(answer: Answer, scope: Scope, send: Send) -> None:
    for message in _messages(answer, scope):
        await send(message)


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
            await _let_answer(django, scope, receive, send)
            return
        await django(scope, receive, send)

    return application


async def _let_answer(django: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Have Django answer; where it does not, because the body broke off, answer in its place.

    Django then returns without a word, of which granian and uvicorn make a 500: a stranger could have as many of
    those as he likes, by chunks that are none.
    """
    broke_off = is_answered = False

    async def noting_receive() -> Message:
        nonlocal broke_off
        message = await receive()
        broke_off = broke_off or message["type"] == "http.disconnect"
        return message

    async def noting_send(message: Message) -> None:
        nonlocal is_answered
        is_answered = True
        await send(message)

    await django(scope, noting_receive, noting_send)
    if broke_off and not is_answered:
        await _respond(refused(BodyInvalid("the body ended early"), close=True), scope, send)


def bounded(django: Application) -> Application:
    """Return an application that lets no request reach a webhook view of Django's unless its body may be read.

    Which paths those are is asked of the URLconf. Such a request is refused before its body is read when it bears
    no signature, and while it is read when it is too large or too slow; Django gets the body in one piece.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await django(scope, receive, send)
            return
        if not _is_webhook(scope):
            await _let_answer(django, scope, receive, send)
            return
        held = Held()
        try:
            _, length, _ = _admit(scope, app_settings.webhook_secrets)
            body = await read_messages(receive, length, held)
            await django({**scope, READ_WITHIN_BOUNDS: True}, _replay(body, receive), send)
        except Rejection as error:
            answer = refused(error, close=not held.complete)
            if probes.sink is not None:
                note("asgi", answer)
            await _respond(answer, scope, send)
        finally:
            held.release()

    return application


def _is_webhook(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path") or "")
    try:
        return getattr(resolve(path).func, "is_github_webhook", False)
    except Resolver404:
        return False


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that hands a body out that was read already, and then goes on."""
    pending = [body]

    async def replayed() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replayed
