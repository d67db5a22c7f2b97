"""What is refused before, and while, a body is read: at each entrance, and before Django's own ASGI handler."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.test import Client, RequestFactory

from django_github_app import asgi, views, wsgi
from django_github_app.deliveries import TooManyBytes, sign
from django_github_app.ingest import in_flight, inbox
from django_github_app.ingest.in_flight import Held, bytes_in_flight
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ALL, ASYNC_PATH, SYNC_PATH, Answered, Entrance, Exchange, environ_of
from tests.support.requests import GOOD, SECRET, Request, request

pytestmark = pytest.mark.usefixtures("db")

Configure = Callable[..., None]
MIB = 1024 * 1024


@pytest.fixture
def configure(settings: Any) -> Configure:
    def configure(**values: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}

    return configure


@pytest.fixture(autouse=True)
def nothing_stays_in_flight() -> Iterator[None]:
    before = bytes_in_flight()
    yield
    inbox.close()
    assert bytes_in_flight() == before


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


def through_wsgi_application(environ: dict[str, Any]) -> Answered:
    started: list[Any] = []
    content = b"".join(wsgi.WebhookApplication("sync")(environ, lambda *given: started.append(given)))
    ((status, headers),) = started
    return Answered(int(status.split()[0]), content, {name.lower(): value for name, value in headers})


def through_view(environ: dict[str, Any]) -> Answered:
    meta = {name: value for name, value in environ.items() if name.isupper() or name.startswith("wsgi.input")}
    meta.pop("SCRIPT_NAME", None)
    found = Client(raise_request_exception=True).request(**meta)
    return Answered(found.status_code, found.content, {name.lower(): v for name, v in found.items()})


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


def test_bytes_beyond_the_budget_are_refused_and_sent_again_later(
    entrance: Entrance, configure: Configure
) -> None:
    configure(MAX_BYTES_IN_FLIGHT=2 * MIB)
    others = Held()
    others.add(2 * MIB)
    try:
        answer = entrance.send(request())
        assert (answer.status, answer.json["error"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        assert not EventLog.objects.exists()
    finally:
        others.release()
    assert entrance.send(request()).status == 202


def test_large_bodies_leave_room_for_the_usual_ones(configure: Configure) -> None:
    configure(MAX_BYTES_IN_FLIGHT=8 * MIB)
    large = [Held() for _ in range(20)]
    admitted = 0
    try:
        for one in large:
            try:
                one.add(MIB)
                admitted += 1
            except TooManyBytes:
                break
        assert admitted == 7
        assert ALL["plain ASGI"]().send(request()).status == 202
    finally:
        for one in large:
            one.release()


def test_one_body_alone_is_not_refused_for_the_budget(configure: Configure) -> None:
    configure(MAX_BYTES_IN_FLIGHT=1)
    assert ALL["plain WSGI"]().send(request()).status == 202


def test_a_body_counts_until_its_request_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    store = inbox.store

    def watched(*given: Any) -> Any:
        seen.append(bytes_in_flight())
        return store(*given)

    monkeypatch.setattr(inbox, "store", watched)
    made = request()
    assert ALL["plain WSGI"]().send(made).status == 202
    assert ALL["sync view"]().send(made).status == 202
    assert seen == [len(made.body)] * 2
    assert bytes_in_flight() == 0


def test_a_forked_process_holds_nothing() -> None:
    held = Held()
    held.add(1000)
    in_flight._forget_after_fork()
    assert bytes_in_flight() == 0
    held.size = 0


# The deadline


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


# Bodies in chunks


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
