"""A plain WSGI application that receives deliveries without Django's request cycle: `asgi` for servers of WSGI.

Same rules, same inbox and same answers as `SyncWebhookView`. Mount it in front of Django in the site's ``wsgi.py``::

    application = mount(get_wsgi_application(), {"/github/sync/": "sync"})
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import CGI_NAMES, BodyInvalid, BodyTooLarge, MethodNotAllowed, Rejection, parse
from .errors import DeliveryConflict, InboxUnavailable
from .ingest import inbox
from .ingest.answers import Answer, accepted, refused

__all__ = ["WebhookApplication", "mount"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_encode = msgspec.json.Encoder().encode


class WebhookApplication:
    """WSGI application for one webhook path."""

    def __init__(self, worker_type: WorkerType = "sync") -> None:
        self.worker_type = worker_type

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.answer(environ)
        body = _encode(answer.body)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}", [*headers, *answer.headers.items()]
        )
        return [body]

    def answer(self, environ: Environ) -> Answer:
        """Return the answer to one request."""
        try:
            if environ["REQUEST_METHOD"] != "POST":
                raise MethodNotAllowed
            body = _read_body(environ, app_settings.MAX_BODY_BYTES)
            headers = {name: environ.get(key) for name, key in CGI_NAMES.items()}
            delivery = parse(headers, body, app_settings.webhook_secrets)
            stored = inbox.store(delivery, self.worker_type)
        except (Rejection, DeliveryConflict, InboxUnavailable) as error:
            return refused(error)
        return accepted(delivery, stored)


def _read_body(environ: Environ, cap: int) -> bytes:
    given = environ.get("CONTENT_LENGTH") or ""
    if given.isascii() and given.isdigit():
        length = int(given[:20])
        if length > cap:
            raise BodyTooLarge
    elif environ.get("wsgi.input_terminated"):  # sent in chunks, which the server puts together
        length = cap + 1
    else:
        return b""
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:
        raise BodyInvalid("the body ended early") from error
    if len(body) > cap:
        raise BodyTooLarge
    return body


def mount(django: Application, paths: Mapping[str, WorkerType]) -> Application:
    """Return an application that serves webhook paths itself and hands all else to ``django``.

    ``paths`` maps a path, as in ``/github/sync/``, to the worker type its deliveries are for.
    """
    webhooks = {path: WebhookApplication(worker_type) for path, worker_type in paths.items()}

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return webhooks.get(path, django)(environ, start_response)

    return application
