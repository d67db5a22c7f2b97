"""Thousands of mutated requests at every entrance: no server error, and nothing stored that GitHub did not sign.

``make fuzz`` sends 100,000; ``FUZZ_REQUESTS`` and ``FUZZ_SEED`` choose others.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from django_github_app import asgi, wsgi
from django_github_app.ingest import inbox
from django_github_app.ingest.in_flight import bytes_in_flight
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ASYNC_PATH, SYNC_PATH
from tests.support.mutations import Mutated, mutated_requests

pytestmark = pytest.mark.usefixtures("db")

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "3000"))
SEED = int(os.environ.get("FUZZ_SEED", "2026"))
# The two of our own are several times as fast as Django.
SHARES = {
    "asgi": 4,
    "wsgi": 4,
    "bounded async view": 1,
    "bounded sync view": 1,
    "sync view": 1,
    "async view": 1,
}
Answer = tuple[int, bytes]


async def through_asgi(application: Any, made: Mutated, path: str) -> Answer:
    messages: list[Any] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in made.chunks
    ]
    messages[-1]["more_body"] = not made.complete
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        if made.complete:
            await asyncio.Event().wait()  # the client waits for its answer
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": made.method, "path": path, "headers": made.headers}
    scope |= {"query_string": b"", "http_version": "1.1"}
    await application(scope, receive, send)
    assert sent, "the application did not answer"
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def through_wsgi(application: Any, made: Mutated, path: str, number: int) -> Answer:
    started: list[Any] = []
    content = application(
        made.environ(path, terminated=number % 2 == 0), lambda *given: started.append(given)
    )
    return int(started[0][0].split()[0]), b"".join(content)


@pytest.mark.parametrize("where", SHARES)
def test_no_mutated_request_is_a_server_error_and_nothing_unsigned_is_stored(where: str) -> None:
    count = REQUESTS * SHARES[where] // sum(SHARES.values())
    path = ASYNC_PATH if "async" in where else SYNC_PATH
    applications: dict[str, Any] = {"asgi": asgi.WebhookApplication(), "wsgi": wsgi.WebhookApplication()}
    application: Any = applications.get(where)
    if application is None:
        bounded = asgi.bounded(get_asgi_application())
        application = bounded if "bounded" in where else get_wsgi_application()
    is_asgi = where == "asgi" or "bounded" in where
    statuses: Counter[int] = Counter()
    accepted: dict[int, Mutated] = {}
    for number, made in enumerate(mutated_requests(SEED, count)):
        if is_asgi:
            status, content = async_to_sync(through_asgi)(application, made, path)
        else:
            status, content = through_wsgi(application, made, path, number)
        statuses[status] += 1
        assert status < 500, (number, made, content)
        if status in (200, 202) and content:
            accepted[json.loads(content)["event_id"]] = made
    inbox.close()
    stored = {row.pk: row for row in EventLog.objects.all()}
    assert set(stored) == set(accepted)
    for pk, made in accepted.items():
        assert made.is_signed
        assert stored[pk].raw_body == made.body
        for name, value in (
            (b"x-github-event", stored[pk].event),
            (b"x-github-delivery", stored[pk].delivery),
        ):
            names = {name} if is_asgi else {name, name.replace(b"-", b"_")}
            given = [v.decode("latin-1").strip() for n, v in made.headers if n.lower() in names]
            assert given == [value]
    assert set(statuses) >= {202, 400, 401, 403, 405}
    assert bytes_in_flight() == 0
