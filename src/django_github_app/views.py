"""The webhook views: validate, store, answer 202. What they store, Celery workers process.

Map `SyncWebhookView` for the handlers of sync workers, `AsyncWebhookView` for those of async workers, or both.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from inspect import signature
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import View

from .bodies import frames
from .broker.queues import WorkerType
from .conf import app_settings
from .deliveries import (
    Delivery,
    MethodNotAllowed,
    Rejection,
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

if TYPE_CHECKING:
    from gidgethub.sansio import Event

    from .github import AsyncGitHubAPI, SyncGitHubAPI
    from .models import EventLog, Installation
    from .routing import GitHubRouter

__all__ = ["AsyncWebhookView", "BaseWebhookView", "SyncWebhookView", "get_router", "webhook_views"]

GitHubAPIType = TypeVar("GitHubAPIType", "AsyncGitHubAPI", "SyncGitHubAPI")

logger = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class _ClientClass:
    """A class attribute that is imported when somebody looks at it: a web process makes no client."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        from . import github

        return getattr(github, self.name)


class BaseWebhookView(View, Generic[GitHubAPIType]):
    """What both views share. Override `get_delivery` or `get_response` in a project's own view.

    Workers make their clients of ``github_api_class`` and limit themselves to the handlers of ``router``, where a
    mapped view sets its own. `get_event`, `get_github_api` and `router` are for a ``post`` of the project's own.
    """

    worker_type: ClassVar[WorkerType]
    github_api_class: type[GitHubAPIType]
    _delivery: Delivery | None = None
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
            self._delivery = delivery = parse(headers, _read_body(request, held), secrets, claimed=claimed)
            return delivery
        held = Held()  # called by itself
        try:
            self._delivery = delivery = parse(headers, _read_body(request, held), secrets, claimed=claimed)
            return delivery
        finally:
            held.release()

    def get_response(self, answer: Answer | EventLog | None) -> HttpResponse:
        """Turn an answer into a response.

        Also takes the row of an event, or None, from a ``post`` of the project's own. An override that calls its
        parameter ``answer`` gets every answer; one that calls it anything else, as ``event_log`` in
        django-github-app, gets the row, and none of the refusals.
        """
        if not isinstance(answer, Answer):
            return JsonResponse({"message": "ok", **({} if answer is None else {"event_id": answer.pk})})
        return HttpResponse(
            _encode(answer.body),
            status=answer.status,
            headers=dict(answer.headers),
            content_type="application/json",
        )

    # What django-github-app's views offer to a subclass

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        override = cls.__dict__.get("get_response")
        if override is not None and callable(override):
            names = list(signature(override).parameters)[1:2]
            if names != ["answer"]:
                cls.get_response = _given_the_row(override)  # type: ignore[method-assign, assignment]  # same signature

    def get_event(self, request: HttpRequest) -> Event:
        """Return the validated event of a request. Raises BadRequest."""
        from gidgethub.sansio import Event

        try:
            delivery = self.get_delivery(request)
        except Rejection as error:
            raise BadRequest(f"Invalid webhook: {error}") from error
        data = frames.decode(delivery.body, form_encoded=delivery.form_encoded)
        return Event(data, event=delivery.event, delivery_id=delivery.delivery)

    def get_github_api(self, installation: Installation | None) -> GitHubAPIType:
        """Return a client for an installation, or for nobody."""
        installation_id = None if installation is None else installation.installation_id
        return self.github_api_class(app_settings.SLUG, installation_id=installation_id)

    @property
    def router(self) -> Any:
        """What a ``post`` of the project's own dispatches with: it enqueues, and workers call the handlers."""
        from .ingest.legacy_views import router_for

        return router_for(getattr(self, "worker_type", "sync"))

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = self.get_response(refused(MethodNotAllowed()))
        if not self.view_is_async:
            return response

        async def respond() -> HttpResponse:
            return response

        return respond()


class SyncWebhookView(BaseWebhookView["SyncGitHubAPI"]):
    """Receives deliveries for sync workers. For WSGI and ASGI."""

    worker_type = "sync"
    github_api_class = _ClientClass("SyncGitHubAPI")

    def post(self, request: HttpRequest) -> HttpResponse:
        held = _hold(request)
        return self.get_response(receive(self.get_delivery, self.worker_type, held, request))


class AsyncWebhookView(BaseWebhookView["AsyncGitHubAPI"]):
    """Receives deliveries for async workers. For ASGI; under WSGI it works too, at some cost."""

    worker_type = "async"
    github_api_class = _ClientClass("AsyncGitHubAPI")

    async def post(self, request: HttpRequest) -> HttpResponse:
        held = _hold(request)
        return self.get_response(await areceive(self._adelivery(request), self.worker_type, held))

    async def _adelivery(self, request: HttpRequest) -> Delivery:
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


def _given_the_row(
    override: Callable[[Any, EventLog | None], HttpResponse],
) -> Callable[[Any, Answer | EventLog | None], HttpResponse]:
    """Call a ``get_response`` that was written for django-github-app with what it expects."""

    @wraps(override)
    def get_response(view: Any, answer: Answer | EventLog | None) -> HttpResponse:
        if not isinstance(answer, Answer):
            return override(view, answer)
        if "event_id" not in answer.body:
            return BaseWebhookView.get_response(view, answer)
        return override(view, _row_of(view, answer))

    return get_response


def _row_of(view: Any, answer: Answer) -> EventLog:
    """Return the row of a delivery that was just stored, without a query: this may be an event loop."""
    from .models import EventLog
    from .sql.intake import as_stored

    delivery: Delivery | None = view._delivery
    if delivery is None:
        return EventLog.objects.get(pk=answer.body["event_id"])
    return as_stored(answer.body["event_id"], delivery, view.worker_type)


_router: GitHubRouter | None = None
_made_of = 0  # registrations, when it was made; 0 for a router that somebody else put there


def get_router() -> GitHubRouter:
    """Return a router that has the registrations of all routers of this process."""
    global _router, _made_of
    from .routing import GitHubRouter, registrations

    count = len(registrations())
    if _router is None or (_made_of and _made_of != count):
        _router, _made_of = GitHubRouter.merged(), count
    return _router


def webhook_views() -> list[type[BaseWebhookView[Any]]]:
    """Return the classes of the webhook views that the project's URLs name, each once."""
    return list(dict.fromkeys(type(view) for view in mapped_views()))


def mapped_views() -> list[BaseWebhookView[Any]]:
    """Return an instance of each webhook view that the project's URLs name, with the arguments of its ``as_view``."""
    return list(_views_of(get_resolver().url_patterns))


def _views_of(patterns: list[Any]) -> Iterator[BaseWebhookView[Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views_of(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view_class = getattr(pattern.callback, "view_class", None)
            if isinstance(view_class, type) and issubclass(view_class, BaseWebhookView):
                yield view_class(**getattr(pattern.callback, "view_initkwargs", {}))
