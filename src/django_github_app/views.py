"""The webhook views: validate, store, answer 202. What they store, Celery workers process.

Map `SyncWebhookView` for the handlers of sync workers, `AsyncWebhookView` for those of async workers, or both.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, ClassVar

import msgspec
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.views.generic import View

from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import (
    Delivery,
    MethodNotAllowed,
    check_claim,
    headers_of_environ,
    headers_of_scope,
    parse,
)
from .ingest import inbox
from .ingest.answers import Answer, refused
from .ingest.in_flight import Held
from .ingest.reading import READ_WITHIN_BOUNDS, length_of_environ, read_stream
from .ingest.receive import areceive, receive

__all__ = ["AsyncWebhookView", "BaseWebhookView", "SyncWebhookView"]

logger = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class BaseWebhookView(View):
    """What both views share. Override `get_delivery` or `get_response` in a project's own view."""

    worker_type: ClassVar[WorkerType]
    http_method_names = ["post"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the view: without session, CSRF token or transaction around it, for GitHub is not a browser."""
        view: Any = super().as_view(**initkwargs)
        # What Django's `csrf_exempt` sets, without a wrapper around each call.
        view.csrf_exempt = True
        # By this `asgi.bounded` knows it.
        view.is_github_webhook = True
        opened: Callable[..., Any] = login_not_required(view)
        # ATOMIC_REQUESTS may be on for any of them, and is an error for an async view.
        for alias in connections:
            opened = non_atomic_requests(using=alias)(opened)
        return opened

    def get_delivery(self, request: HttpRequest) -> Delivery:
        """Return the validated delivery of a request. Raises a `Rejection`."""
        headers = _headers_of(request)
        secrets = app_settings.webhook_secrets
        claimed = check_claim(headers, secrets)
        held: Held | None = getattr(request, _HELD, None)
        if held is not None:
            return parse(headers, _read_body(request, held), secrets, claimed=claimed)
        held = Held()  # called by itself
        try:
            return parse(headers, _read_body(request, held), secrets, claimed=claimed)
        finally:
            held.release()

    def get_response(self, answer: Answer) -> HttpResponse:
        """Turn an answer into a response."""
        return HttpResponse(
            _encode(answer.body),
            status=answer.status,
            headers=dict(answer.headers),
            content_type="application/json",
        )

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = self.get_response(refused(MethodNotAllowed()))
        if not self.view_is_async:
            return response

        async def respond() -> HttpResponse:
            return response

        return respond()


class SyncWebhookView(BaseWebhookView):
    """Receives deliveries for sync workers. For WSGI and ASGI."""

    worker_type = "sync"

    def post(self, request: HttpRequest) -> HttpResponse:
        held = _hold(request)
        return self.get_response(receive(partial(self.get_delivery, request), self.worker_type, held))


class AsyncWebhookView(BaseWebhookView):
    """Receives deliveries for async workers. For ASGI; under WSGI it works too, at some cost."""

    worker_type = "async"

    async def post(self, request: HttpRequest) -> HttpResponse:
        held = _hold(request)
        return self.get_response(await areceive(partial(self._delivery, request), self.worker_type, held))

    async def _delivery(self, request: HttpRequest) -> Delivery:
        if _content_length(request) > inbox.LARGE_BODY:
            return await sync_to_async(self.get_delivery, thread_sensitive=False)(request)
        return self.get_delivery(request)


_HELD = "_github_app_held"


def _hold(request: HttpRequest) -> Held:
    held = Held()
    setattr(request, _HELD, held)
    return held


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _headers_of(request: HttpRequest) -> dict[str, str | None]:
    scope = getattr(request, "scope", None)
    if scope is None:
        return headers_of_environ(request.META)
    # As they came: what Django makes of them no longer tells two headers from one.
    headers, _ = headers_of_scope(scope["headers"])
    return headers


def _read_body(request: HttpRequest, held: Held) -> bytes:
    """Return the raw body, up to our own cap: Django's DATA_UPLOAD_MAX_MEMORY_SIZE is for forms of people."""
    scope = getattr(request, "scope", None)
    if hasattr(request, "_body"):  # middleware has read it
        body: bytes = request.body
        return read_stream(BytesIO(body).read, len(body), held)
    if scope is not None and not scope.get(READ_WITHIN_BOUNDS):
        _say_that_django_has_read_it()
    # Of a stream that Django has limited to the length that was announced, or to a file that it has filled.
    read, length = request.read, None if scope is not None else length_of_environ(request.META)
    if length is None and scope is None and not request._read_started:  # type: ignore[attr-defined]
        # Chunks, which Django takes for an empty body and the server puts together.
        read = request.META["wsgi.input"].read
    return read_stream(read, length, held, socket=request.META.get("gunicorn.socket"))


@lru_cache(maxsize=1)
def _say_that_django_has_read_it() -> None:
    """Warn, once per process, that the bounds on bodies come too late."""
    logger.warning(
        "Django reads the bodies of webhook requests before they can be refused: wrap the ASGI application in "
        "django_github_app.asgi.bounded"
    )
