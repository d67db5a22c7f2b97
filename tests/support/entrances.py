"""The ways a webhook request can come in, behind one `send`."""

from __future__ import annotations

import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from wsgiref.util import setup_testing_defaults

from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient, Client

from django_github_app import wsgi
from django_github_app.asgi import WebhookApplication
from django_github_app.broker.queues import WorkerType
from django_github_app.deliveries import CGI_NAMES
from tests.support.requests import Request

ASYNC_PATH, SYNC_PATH = "/github/async/", "/github/sync/"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as the client gets it. Header names are lower-case."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.content)


class Entrance(ABC):
    """One way in. Made for each test, so that the settings of the test are its settings."""

    worker_type: WorkerType

    @abstractmethod
    def send(self, made: Request) -> Answered:
        """Send a request and return its answer; an exception of the entrance is raised here."""


def _answered(response: HttpResponse) -> Answered:
    headers = {name.lower(): value for name, value in response.items()}
    return Answered(response.status_code, response.content, headers)


class _Wsgi(Entrance):
    path: str

    @cached_property
    def client(self) -> Client:
        return Client(enforce_csrf_checks=True)

    def send(self, made: Request) -> Answered:
        names = {name: "HTTP_" + name.upper().replace("-", "_") for name in made.headers}
        names["content-type"] = "CONTENT_TYPE"
        meta = {names[name]: value for name, value in made.headers.items()}
        meta.setdefault("CONTENT_TYPE", "")
        return _answered(self.client.generic(made.method, self.path, made.body, **meta))  # type: ignore[arg-type]


class _DjangoAsgi(Entrance):
    path: str

    @cached_property
    def client(self) -> AsyncClient:
        return AsyncClient(enforce_csrf_checks=True)

    def send(self, made: Request) -> Answered:
        headers = dict(made.headers)
        content_type = headers.pop("content-type", "") if made.body else ""
        return _answered(async_to_sync(self._send)(made, content_type, headers))

    async def _send(self, made: Request, content_type: str, headers: dict[str, str]) -> Any:
        return await self.client.generic(made.method, self.path, made.body, content_type, headers=headers)


class SyncView(_Wsgi):
    path, worker_type = SYNC_PATH, "sync"


class AsyncView(_DjangoAsgi):
    path, worker_type = ASYNC_PATH, "async"


class AsyncViewUnderWsgi(_Wsgi):
    path, worker_type = ASYNC_PATH, "async"


class SyncViewUnderAsgi(_DjangoAsgi):
    path, worker_type = SYNC_PATH, "sync"


class PlainAsgi(Entrance):
    worker_type = "async"

    def send(self, made: Request) -> Answered:
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in made.headers.items()]
        exchange = Exchange(made.method, headers, [made.body])
        async_to_sync(exchange.run)(WebhookApplication(self.worker_type))
        assert exchange.answer is not None
        return exchange.answer


class PlainWsgi(Entrance):
    worker_type = "sync"

    def send(self, made: Request) -> Answered:
        environ = environ_of(made)
        started: list[Any] = []
        parts = wsgi.WebhookApplication(self.worker_type)(environ, lambda *given: started.append(given))
        content = b"".join(parts)
        ((status, headers),) = started
        return Answered(int(status.split()[0]), content, {name.lower(): value for name, value in headers})


def environ_of(made: Request, path: str = SYNC_PATH) -> dict[str, Any]:
    """Return a request as a WSGI server hands it over."""
    environ: dict[str, Any] = {"CONTENT_TYPE": ""}
    setup_testing_defaults(environ)
    for name, value in made.headers.items():
        environ[CGI_NAMES.get(name, "HTTP_" + name.upper().replace("-", "_"))] = value
    return environ | {
        "REQUEST_METHOD": made.method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(made.body)),
        "wsgi.input": io.BytesIO(made.body),
    }


class Exchange:
    """One ASGI request, its body in chunks, and what the application did with it."""

    def __init__(
        self,
        method: str,
        headers: Iterable[tuple[bytes, bytes]],
        chunks: Iterable[bytes],
        *,
        path: str = ASYNC_PATH,
        complete: bool = True,
    ) -> None:
        self.scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        self.chunks = list(chunks)
        self.complete = complete
        self.received = 0
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        if self.received == len(self.chunks):
            return {"type": "http.disconnect"}
        self.received += 1
        more = self.received < len(self.chunks) or not self.complete
        return {"type": "http.request", "body": self.chunks[self.received - 1], "more_body": more}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self, application: Any) -> None:
        await application(self.scope, self.receive, self.send)

    @property
    def answer(self) -> Answered | None:
        if not self.sent:
            return None
        start, body = self.sent
        assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(headers["content-length"]) == len(body["body"])
        return Answered(start["status"], body["body"], headers)


MAIN: dict[str, type[Entrance]] = {
    "sync view": SyncView,
    "async view": AsyncView,
    "plain ASGI": PlainAsgi,
    "plain WSGI": PlainWsgi,
}
ALL: dict[str, type[Entrance]] = {
    **MAIN,
    "async view under WSGI": AsyncViewUnderWsgi,
    "sync view under ASGI": SyncViewUnderAsgi,
}


def through_wsgi_application(environ: dict[str, Any]) -> Answered:
    """Ask the plain WSGI application."""
    started: list[Any] = []
    content = b"".join(wsgi.WebhookApplication("sync")(environ, lambda *given: started.append(given)))
    ((status, headers),) = started
    return Answered(int(status.split()[0]), content, {name.lower(): value for name, value in headers})


def through_view(environ: dict[str, Any]) -> Answered:
    """Ask the view of Django."""
    meta = {name: value for name, value in environ.items() if name.isupper() or name.startswith("wsgi.input")}
    meta.pop("SCRIPT_NAME", None)
    found = Client(raise_request_exception=True).request(**meta)
    return Answered(found.status_code, found.content, {name.lower(): v for name, v in found.items()})
