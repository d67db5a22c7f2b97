"""The plain WSGI application where WSGI differs from ASGI; the rules themselves are in ingest/test_entrances."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from django_github_app.ingest import inbox
from django_github_app.models import EventLog
from django_github_app.wsgi import Environ, StartResponse, mount
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import SYNC_PATH, environ_of
from tests.support.requests import request

pytestmark = pytest.mark.usefixtures("db")


class CutOff(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError


def django(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"django"]


def ask(environ: Environ) -> tuple[str, Any]:
    """Return status line and body of the answer of a site with webhooks at two paths."""
    started: list[Any] = []
    application = mount(django, {SYNC_PATH: "sync", "/hooks/async/": "async"})
    content = b"".join(application(environ, lambda *given: started.append(given)))
    ((status, headers),) = started
    if content == b"django":
        return status, "django"
    assert dict(headers)["Content-Length"] == str(len(content))
    return status, json.loads(content)


@pytest.mark.parametrize("path", ["/", "/github/sync", "/hooks/", "/hooks/async/x"])
def test_other_paths_are_djangos(path: str) -> None:
    assert ask(environ_of(request(), path)) == ("200 OK", "django")


def test_each_path_stores_for_its_worker_type_below_a_prefix_too() -> None:
    for environ in (environ_of(request()), environ_of(request(), "/async/") | {"SCRIPT_NAME": "/hooks"}):
        assert ask(environ)[0] == "202 Accepted"
    inbox.close()
    assert sorted(EventLog.objects.values_list("worker_type", flat=True)) == ["async", "sync"]


def test_a_body_that_was_sent_in_chunks_is_read_to_its_end() -> None:
    environ = environ_of(request())
    del environ["CONTENT_LENGTH"]
    # A server that does not end it: reading would wait for ever.
    status, answer = ask(environ | {"HTTP_TRANSFER_ENCODING": "chunked"})
    assert (status, answer["error"]) == ("411 Length Required", "length_required")
    status, answer = ask(environ | {"wsgi.input_terminated": True})
    assert (status, answer["message"]) == ("202 Accepted", "accepted")


def test_nothing_behind_the_body_is_read() -> None:
    environ = environ_of(request())
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read() + b"the next request")
    assert ask(environ)[0] == "202 Accepted"
    assert environ["wsgi.input"].read() == b"the next request"


def test_too_long_a_body_is_not_read(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_BODY_BYTES": 100}
    environ = environ_of(request())
    assert ask(environ)[0].startswith("413 ")  # its name is another one since Python 3.13
    assert environ["wsgi.input"].tell() == 0
    chunked = environ | {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert ask(chunked)[0].startswith("413 ")
    assert chunked["wsgi.input"].tell() == 101


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "\u0663"])
def test_a_length_that_is_no_number_counts_as_none(length: str) -> None:
    assert ask(environ_of(request()) | {"CONTENT_LENGTH": length})[0] == "403 Forbidden"
    assert not EventLog.objects.exists()


def test_a_body_that_is_cut_off_is_refused() -> None:
    short = environ_of(request())
    short["wsgi.input"] = io.BytesIO(short["wsgi.input"].read()[:-1])
    assert ask(short)[0] == "400 Bad Request"
    status, answer = ask(environ_of(request()) | {"wsgi.input": CutOff()})
    assert (status, answer["error"]) == ("400 Bad Request", "body_invalid")
    assert not EventLog.objects.exists()
