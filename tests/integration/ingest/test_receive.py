"""What is refused before, and while, a body is read: at each entrance, and before Django's own ASGI handler."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.test import RequestFactory

from django_github_app import asgi, views
from django_github_app.deliveries import sign
from django_github_app.ingest import inbox
from django_github_app.ingest.in_flight import bytes_in_flight
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import (
    ALL,
    ASYNC_PATH,
    SYNC_PATH,
    Answered,
    Entrance,
    Exchange,
    environ_of,
    through_view,
    through_wsgi_application,
)
from tests.support.requests import GOOD, SECRET, Request, request

pytestmark = pytest.mark.usefixtures("db", "nothing_stays_in_flight")

Configure = Callable[..., None]


@pytest.fixture(params=ALL)
def entrance(request: pytest.FixtureRequest) -> Entrance:
    return ALL[request.param]()


class Connected(Exchange):
    """An exchange whose client waits for the answer, which Django's handler looks at."""

    async def receive(self) -> Any:
        return await super().receive() if self.received < len(self.chunks) else await silence()


def headers_of(made: Request) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in made.headers.items()]


class Body(io.BytesIO):
    """A WSGI body that notes how much was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


WSGI = pytest.mark.parametrize("ask", [through_wsgi_application, through_view], ids=["application", "view"])


# Headers


@pytest.mark.parametrize(
    "name", ["x-github-event", "x-github-delivery", "x-hub-signature-256", "x-github-hook-id"]
)
def test_two_values_that_a_server_joined_are_refused_at_every_entrance(entrance: Entrance, name: str) -> None:
    value = GOOD.headers.get(name, "1")
    for joined in (f"{value},{value}", f"{value}, push"):
        made = GOOD.having(**{name.replace("-", "_"): joined})
        answer = entrance.send(made)
        assert (answer.status, answer.json["error"]) == (400, "header_invalid")
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("path", [ASYNC_PATH, SYNC_PATH])
@pytest.mark.parametrize("wrapped", [True, False], ids=["bounded", "plain"])
def test_the_views_see_the_headers_of_the_scope_and_not_what_django_makes_of_them(
    path: str, wrapped: bool
) -> None:
    application: Any = get_asgi_application()
    application = asgi.bounded(application) if wrapped else application
    for extra in ((b"x-github-event", b"push"), (b"x_github_event", b"push")):
        done = run(application, Connected("POST", [*headers_of(GOOD), extra], [GOOD.body], path=path))
        assert done.status == 400
    assert not EventLog.objects.exists()


# Nothing is read that cannot be a delivery


class Unread(Exception):
    """Somebody read what should not be read."""


async def never() -> Any:
    raise Unread


@pytest.mark.parametrize("wrong", [None, "", "sha256=", "sha1=" + "0" * 40, "sha256=" + "g" * 64])
def test_not_a_byte_is_read_without_a_signature(wrong: str | None) -> None:
    made = GOOD.having(x_hub_signature_256=wrong)
    for application in (asgi.WebhookApplication(), asgi.bounded(get_asgi_application())):
        done = Exchange("POST", [*headers_of(made), (b"content-length", b"60000000")], [], path=SYNC_PATH)
        done.receive = never  # type: ignore[method-assign]
        answer = run(application, done)
        assert answer.status == 401
        assert answer.headers["connection"] == "close"
    for ask in (through_wsgi_application, through_view):
        stream = Body(b"x" * 60_000)
        assert ask(environ_of(made) | {"wsgi.input": stream, "CONTENT_LENGTH": "60000"}).status == 401
        assert stream.taken == 0


# The cap


@pytest.mark.parametrize("path", [ASYNC_PATH, SYNC_PATH])
def test_before_djangos_asgi_handler_reading_ends_at_the_cap(configure: Configure, path: str) -> None:
    configure(MAX_BODY_BYTES=1000)
    done = Exchange("POST", headers_of(GOOD), [b"x" * 600] * 100, path=path)
    answer = run(asgi.bounded(get_asgi_application()), done)
    assert (answer.status, done.received) == (413, 2)
    announced = Exchange("POST", [*headers_of(GOOD), (b"content-length", b"1001")], [], path=path)
    announced.receive = never  # type: ignore[method-assign]
    assert run(asgi.bounded(get_asgi_application()), announced).status == 413


@pytest.mark.parametrize("path", [ASYNC_PATH, SYNC_PATH])
def test_before_djangos_asgi_handler_a_delivery_gets_in_and_other_paths_are_left_alone(path: str) -> None:
    made = request()
    application = asgi.bounded(get_asgi_application())
    done = Connected("POST", headers_of(made), [made.body[:100], made.body[100:]], path=path)
    assert run(application, done).status == 202
    inbox.close()
    assert EventLog.objects.get().raw_body == made.body

    async def django(scope: Any, receive: Any, send: Any) -> None:
        left.append(scope["path"])

    left: list[str] = []
    for other in ("/", "/nowhere/", "/admin/"):
        scope: Any = {"type": "http", "method": "POST", "path": other, "headers": []}
        async_to_sync(asgi.bounded(django))(scope, never, never)
    assert left == ["/", "/nowhere/", "/admin/"]


@pytest.mark.parametrize("wrap", [asgi.bounded, lambda django: asgi.mount(django, {ASYNC_PATH: "async"})])
def test_a_body_that_breaks_off_on_another_path_is_a_bad_request_there_too(wrap: Any) -> None:
    # Django returns without an answer, of which servers make a 500.
    chunks = [b"username=a"]
    done = Exchange("POST", [(b"content-type", b"text/plain")], chunks, path="/admin/login/", complete=False)
    assert run(wrap(get_asgi_application()), done).status == 400


def test_a_site_below_a_prefix_is_bounded_too() -> None:
    exchange = Exchange(
        "POST", headers_of(GOOD.having(x_hub_signature_256=None)), [], path="/site" + SYNC_PATH
    )
    exchange.scope["root_path"] = "/site"
    exchange.receive = never  # type: ignore[method-assign]
    assert run(asgi.bounded(get_asgi_application()), exchange).status == 401


def test_a_view_that_django_reads_for_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    views._say_that_django_has_read_it.cache_clear()
    with caplog.at_level(logging.WARNING, "django_github_app"):
        for _ in range(2):
            run(get_asgi_application(), Connected("POST", headers_of(GOOD), [GOOD.body], path=ASYNC_PATH))
        run(
            asgi.bounded(get_asgi_application()),
            Connected("POST", headers_of(GOOD), [GOOD.body], path=ASYNC_PATH),
        )
    assert len([r for r in caplog.records if "asgi.bounded" in r.message]) == 1


# The budget


# The deadline


async def silence() -> Any:
    await asyncio.Event().wait()


# Bodies in chunks


# Views called by themselves


def test_a_view_may_be_asked_for_the_delivery_alone() -> None:
    meta: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in GOOD.headers.items()}
    http = RequestFactory().post("/", GOOD.body, "application/json", **meta)
    assert views.SyncWebhookView().get_delivery(http).body == GOOD.body
    assert bytes_in_flight() == 0


def run(application: Any, exchange: Exchange) -> Answered:
    async_to_sync(exchange.run)(application)
    start = exchange.sent[0]
    body = b"".join(message.get("body", b"") for message in exchange.sent[1:])
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], body, headers)


def test_the_answer_of_a_refusal_is_the_same_before_django_and_in_the_view() -> None:
    made = GOOD.having(x_hub_signature_256=sign(b"other", SECRET))
    through: list[Answered] = [
        run(application, Connected("POST", headers_of(made), [made.body], path=ASYNC_PATH))
        for application in (asgi.bounded(get_asgi_application()), asgi.WebhookApplication())
    ]
    assert {(one.status, one.content) for one in through} == {(403, through[0].content)}
