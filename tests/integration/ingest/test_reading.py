"""Bodies are read up to the cap, before the deadline, and to their end."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.test import Client

from django_github_app import asgi
from django_github_app.ingest import inbox
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import (
    ASYNC_PATH,
    Answered,
    Exchange,
    environ_of,
    through_view,
    through_wsgi_application,
)
from tests.support.requests import GOOD, Request, request

pytestmark = pytest.mark.usefixtures("db", "nothing_stays_in_flight")

Configure = Callable[..., None]


def headers_of(made: Request) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in made.headers.items()]


WSGI = pytest.mark.parametrize("ask", [through_wsgi_application, through_view], ids=["application", "view"])


async def silence() -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize("sent", [b"", b"0123456789"])
@pytest.mark.parametrize("where", ["application", "before Django"])
def test_a_sender_that_falls_silent_is_answered_408(configure: Configure, where: str, sent: bytes) -> None:
    configure(BODY_TIMEOUT=0.05)
    application: Any = (
        asgi.WebhookApplication() if where == "application" else asgi.bounded(get_asgi_application())
    )
    done = Exchange("POST", [*headers_of(GOOD), (b"content-length", b"20000000")], [], path=ASYNC_PATH)
    messages = [{"type": "http.request", "body": sent, "more_body": True}] if sent else []

    async def receive() -> Any:
        return messages.pop() if messages else await silence()

    done.receive = receive  # type: ignore[method-assign]
    answer = run(application, done)
    assert (answer.status, answer.json["error"]) == (408, "body_timeout")
    assert answer.headers["connection"] == "close"


@WSGI
def test_a_slow_sender_is_answered_408_by_wsgi(configure: Configure, ask: Any) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            time.sleep(0.02)
            return super().read(size)

    configure(BODY_TIMEOUT=0.01)
    assert ask(environ_of(GOOD) | {"wsgi.input": Slow(GOOD.body)}).status == 408


@WSGI
def test_the_sockets_timeout_ends_a_body_and_is_set_back(ask: Any, configure: Configure) -> None:
    class Socket:
        limits: list[Any] = [None]

        def gettimeout(self) -> Any:
            return self.limits[-1]

        def settimeout(self, value: Any) -> None:
            self.limits.append(value)

    class Silent(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise TimeoutError("timed out")

    configure(BODY_TIMEOUT=3)
    socket = Socket()
    environ = environ_of(request()) | {"wsgi.input": Silent(), "gunicorn.socket": socket}
    if ask is through_view:
        meta = {k: v for k, v in environ.items() if k.isupper() or k in ("wsgi.input", "gunicorn.socket")}
        assert Client().request(**meta).status_code == 408
    else:
        assert ask(environ).status == 408
    assert socket.limits == [None, 3, None]
    Socket.limits = [None]


@WSGI
def test_chunks_that_the_server_puts_together_are_read(ask: Any) -> None:
    made = request()
    environ = environ_of(made) | {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    del environ["CONTENT_LENGTH"]
    assert ask(environ).status == 202
    inbox.close()
    assert EventLog.objects.get().raw_body == made.body


@WSGI
def test_chunks_that_nobody_puts_together_are_refused_with_the_reason(ask: Any) -> None:
    environ = environ_of(request()) | {"HTTP_TRANSFER_ENCODING": "chunked"}
    del environ["CONTENT_LENGTH"]
    answer = ask(environ)
    assert (answer.status, answer.json["error"]) == (411, "length_required")


@WSGI
@pytest.mark.parametrize("error", [ValueError("bad chunk"), OSError("reset"), EOFError()])
def test_a_malformed_chunk_is_a_bad_request(ask: Any, error: Exception) -> None:
    class Malformed(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise error

    environ = environ_of(request()) | {"wsgi.input": Malformed(), "wsgi.input_terminated": True}
    environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    del environ["CONTENT_LENGTH"]
    answer = ask(environ)
    assert (answer.status, answer.json["error"]) == (400, "body_invalid")


@WSGI
def test_a_body_that_is_shorter_than_announced_is_not_taken_for_a_forged_one(ask: Any) -> None:
    answer = ask(environ_of(request()) | {"CONTENT_LENGTH": "1000000"})
    assert (answer.status, answer.json["error"]) == (400, "body_invalid")


@pytest.mark.parametrize("after", [0, 1])
def test_a_server_that_gives_up_on_a_body_is_answered(after: int) -> None:
    done = Exchange("POST", headers_of(GOOD), [GOOD.body] * after, complete=False)
    assert run(asgi.WebhookApplication(), done).status == 400


def run(application: Any, exchange: Exchange) -> Answered:
    async_to_sync(exchange.run)(application)
    start = exchange.sent[0]
    body = b"".join(message.get("body", b"") for message in exchange.sent[1:])
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], body, headers)
