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
from .deliveries import Delivery, MethodNotAllowed, check_claim, headers_of_environ, parse
from .ingest.answers import Answer
from .ingest.in_flight import Held
from .ingest.reading import length_of_environ, read_stream
from .ingest.receive import receive

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
        held = Held()
        return receive(_delivery, self.worker_type, held, environ, held)


def _delivery(environ: Environ, held: Held) -> Delivery:
    if environ["REQUEST_METHOD"] != "POST":
        raise MethodNotAllowed
    headers = headers_of_environ(environ)
    secrets = app_settings.webhook_secrets
    claimed = check_claim(headers, secrets)
    length = length_of_environ(environ)
    body = read_stream(environ["wsgi.input"].read, length, held, socket=environ.get("gunicorn.socket"))
    return parse(headers, body, secrets, claimed=claimed)


def mount(django: Application, paths: Mapping[str, WorkerType]) -> Application:
    """Return an application that serves webhook paths itself and hands all else to ``django``.

    ``paths`` maps a path, as in ``/github/sync/``, to the worker type its deliveries are for.
    """
    webhooks = {path: WebhookApplication(worker_type) for path, worker_type in paths.items()}

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return webhooks.get(path, django)(environ, start_response)

    return application
