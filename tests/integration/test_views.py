"""The two views of Django: what they read of a request, and what a project may change."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from django_github_app.deliveries import Delivery, sign
from django_github_app.models import EventLog
from django_github_app.views import SyncWebhookView
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ASYNC_PATH, SYNC_PATH
from tests.support.requests import FORM, GOOD, SECRET, Request, request

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.backends]

Configure = Callable[..., None]


class Counting(io.BytesIO):
    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("path", [SYNC_PATH, ASYNC_PATH])
def test_a_view_reads_nothing_of_a_body_whose_length_is_over_the_cap(configure: Configure, path: str) -> None:
    configure(MAX_BODY_BYTES=1000)
    stream = Counting(b"x" * 5000)
    meta: dict[str, Any] = {
        "wsgi.input": stream,
        "CONTENT_LENGTH": "5000",
        "CONTENT_TYPE": "application/json",
        "HTTP_X_HUB_SIGNATURE_256": sign(b"", SECRET),
    }
    response = Client().generic("POST", path, b"", **meta)
    assert (response.status_code, stream.taken) == (413, 0)


def test_a_view_reads_no_more_than_the_length_says() -> None:
    made = request(b'{"action":"opened"}')
    stream = Counting(made.body + b"the next request")
    meta: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in made.headers.items()}
    meta |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(made.body)), "wsgi.input": stream}
    response = Client().generic("POST", SYNC_PATH, b"", **meta)
    assert (response.status_code, stream.taken) == (202, len(made.body))


@pytest.mark.parametrize("length", ["", "none", "-1", "9" * 5000])
def test_a_strange_length_is_no_server_error(length: str) -> None:
    meta: dict[str, Any] = {
        "wsgi.input": Counting(b"{}"),
        "CONTENT_LENGTH": length,
        "CONTENT_TYPE": "text/plain",
    }
    assert Client().generic("POST", SYNC_PATH, b"", **meta).status_code in {401, 413}


def test_a_client_that_goes_away_in_the_middle_is_no_server_error() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("connection reset by peer")

    meta: dict[str, Any] = {
        "wsgi.input": Broken(),
        "CONTENT_LENGTH": "10",
        "CONTENT_TYPE": "application/json",
        "HTTP_X_HUB_SIGNATURE_256": sign(b"", SECRET),
    }
    response = Client().generic("POST", SYNC_PATH, b"", **meta)
    assert (response.status_code, response.json()["error"]) == (400, "body_invalid")


def as_django(made: Request) -> HttpRequest:
    meta: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in made.headers.items()}
    return RequestFactory().post("/", made.body, made.headers["content-type"], **meta)


@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_middleware_may_have_read_the_body_before(content_type: str) -> None:
    for attribute in ("body", "POST"):
        made = request(content_type=content_type)
        http = as_django(made)
        getattr(http, attribute)
        assert SyncWebhookView.as_view()(http).status_code == 202
        assert EventLog.objects.get(delivery=made.headers["x-github-delivery"]).raw_body == made.body


def test_a_project_may_extend_a_view() -> None:
    class Mine(SyncWebhookView):
        def get_delivery(self, request: HttpRequest) -> Delivery:
            seen.append(super().get_delivery(request))
            return seen[-1]

        def get_response(self, answer: Any) -> HttpResponse:
            response = super().get_response(answer)
            response["X-Mine"] = "yes"
            return response

    seen: list[Delivery] = []
    response = Mine.as_view()(as_django(GOOD))
    assert (response.status_code, response["X-Mine"]) == (202, "yes")
    assert [delivery.delivery for delivery in seen] == [GOOD.headers["x-github-delivery"]]
    assert Mine.as_view()(as_django(GOOD.signed("wrong")))["X-Mine"] == "yes"
