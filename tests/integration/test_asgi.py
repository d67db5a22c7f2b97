"""The plain ASGI application: how it reads a body, and what it leaves to Django."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from django_github_app.asgi import WebhookApplication, mount
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import Exchange
from tests.support.requests import GOOD, Request, request

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.backends]

Configure = Callable[..., None]


WEBHOOK = WebhookApplication()


def exchange(chunks: list[bytes], made: Request, **options: Any) -> Exchange:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in made.headers.items()]
    headers += options.pop("more", [])
    done = Exchange(made.method, headers, chunks, **options)
    async_to_sync(done.run)(WEBHOOK)
    return done


def test_a_body_may_come_in_chunks() -> None:
    made = request()
    done = exchange([made.body[:10], b"", made.body[10:500], made.body[500:]], made)
    assert done.answer is not None
    assert done.answer.status == 202
    assert EventLog.objects.get().raw_body == made.body


def test_no_chunk_is_read_of_a_body_whose_length_is_over_the_cap(configure: Configure) -> None:
    configure(MAX_BODY_BYTES=1000)
    for length in (b"1001", b"9" * 5000):
        done = exchange([b"x" * 600] * 5, GOOD, more=[(b"content-length", length)])
        assert done.answer is not None
        assert (done.answer.status, done.received) == (413, 0)


def test_reading_stops_at_the_cap_when_no_length_was_sent(configure: Configure) -> None:
    configure(MAX_BODY_BYTES=1000)
    done = exchange([b"x" * 600] * 5, GOOD)
    assert done.answer is not None
    assert (done.answer.status, done.received) == (413, 2)


def test_a_body_that_breaks_off_is_answered_all_the_same_and_nothing_is_stored() -> None:
    done = exchange([GOOD.body], GOOD, complete=False)
    assert done.answer is not None
    assert (done.answer.status, done.answer.json["error"]) == (400, "body_invalid")
    assert not EventLog.objects.exists()


@pytest.mark.parametrize(
    "name", ["x-hub-signature-256", "x-github-delivery", "x-github-event", "content-type"]
)
def test_a_header_that_is_sent_twice_is_no_choice_between_two_values(name: str) -> None:
    done = exchange([GOOD.body], GOOD, more=[(name.encode(), GOOD.headers[name].encode())])
    assert done.answer is not None
    assert done.answer.status == 400
    assert not EventLog.objects.exists()


def test_mounted_it_answers_its_paths_and_leaves_the_rest_to_django() -> None:
    async def django(scope: Any, receive: Any, send: Any) -> None:
        left.append((scope["type"], scope.get("path")))

    left: list[tuple[str, str | None]] = []
    application = mount(django, {"/hooks/a/": "async", "/hooks/s/": "sync"})
    for path, worker_type in (("/hooks/a/", "async"), ("/hooks/s/", "sync")):
        made = request()
        headers = [(name.encode(), value.encode()) for name, value in made.headers.items()]
        done = Exchange("POST", headers, [made.body], path=path)
        async_to_sync(done.run)(application)
        assert done.answer is not None
        assert EventLog.objects.get(pk=done.answer.json["event_id"]).worker_type == worker_type
    for scope in (
        {"type": "http", "path": "/admin/"},
        {"type": "websocket", "path": "/hooks/a/"},
        {"type": "lifespan"},
    ):
        async_to_sync(application)(dict(scope), None, None)
    assert left == [("http", "/admin/"), ("websocket", "/hooks/a/"), ("lifespan", None)]
