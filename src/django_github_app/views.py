"""The webhook views: validate, store, answer 202. What they store, Celery workers process.

Map `SyncWebhookView` for the handlers of sync workers, `AsyncWebhookView` for those of async workers, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.generic import View

from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import CGI_NAMES, BodyInvalid, BodyTooLarge, Delivery, MethodNotAllowed, Rejection, parse
from .errors import DeliveryConflict, InboxUnavailable
from .ingest import inbox
from .ingest.answers import Answer, accepted, refused

__all__ = ["AsyncWebhookView", "BaseWebhookView", "SyncWebhookView"]

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
        opened: Callable[..., Any] = login_not_required(view)
        for (
            alias
        ) in connections:  # ATOMIC_REQUESTS may be on for any of them, and is an error for an async view
            opened = non_atomic_requests(using=alias)(opened)
        return opened

    def get_delivery(self, request: HttpRequest) -> Delivery:
        """Return the validated delivery of a request. Raises a `Rejection`."""
        headers = {name: request.META.get(key) for name, key in CGI_NAMES.items()}
        return parse(headers, _read_body(request), app_settings.webhook_secrets)

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
        try:
            delivery = self.get_delivery(request)
            stored = inbox.store(delivery, self.worker_type)
        except (Rejection, DeliveryConflict, InboxUnavailable) as error:
            return self.get_response(refused(error))
        return self.get_response(accepted(delivery, stored))


class AsyncWebhookView(BaseWebhookView):
    """Receives deliveries for async workers. For ASGI; under WSGI it works too, at some cost."""

    worker_type = "async"

    async def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if _is_large(request):
                delivery = await sync_to_async(self.get_delivery, thread_sensitive=False)(request)
            else:
                delivery = self.get_delivery(request)
            stored = await inbox.astore(delivery, self.worker_type)
        except (Rejection, DeliveryConflict, InboxUnavailable) as error:
            return self.get_response(refused(error))
        return self.get_response(accepted(delivery, stored))


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _is_large(request: HttpRequest) -> bool:
    return _content_length(request) > inbox.LARGE_BODY


def _read_body(request: HttpRequest) -> bytes:
    """Return the raw body, up to our own cap: Django's DATA_UPLOAD_MAX_MEMORY_SIZE is for forms of people."""
    cap = app_settings.MAX_BODY_BYTES
    if _content_length(request) > cap:
        raise BodyTooLarge
    try:
        # Middleware may have read it; otherwise it is taken from the stream, which has no limit of Django's.
        body = request.body if hasattr(request, "_body") else request.read(cap + 1)
    except RawPostDataException:
        body = b""
    except UnreadablePostError as error:
        raise BodyInvalid("the body ended early") from error
    if len(body) > cap:
        raise BodyTooLarge
    return body
