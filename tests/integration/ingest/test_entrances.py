"""Every way in keeps the same promises: the two views, under WSGI and ASGI, and the plain ASGI application."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from django_github_app.asgi import WebhookApplication, mount
from django_github_app.deliveries import Delivery, lane_of, sign
from django_github_app.ingest import inbox
from django_github_app.models import EventLog, EventStatus
from django_github_app.testing import payloads
from django_github_app.views import SyncWebhookView
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ALL, ASYNC_PATH, MAIN, SYNC_PATH, Entrance, Exchange
from tests.support.requests import BAD, FORM, GOOD, SECRET, Request, random_bad_requests, request

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.backends]

Configure = Callable[..., None]


@pytest.fixture(params=list(ALL.values()), ids=list(ALL))
def entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


@pytest.fixture(params=list(MAIN.values()), ids=list(MAIN))
def main_entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


@pytest.fixture
def configure(settings: Any) -> Configure:
    """Change keys of ``settings.GITHUB_APP``."""

    def change(**values: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, **values}

    return change


# What is accepted


@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_a_delivery_is_stored_before_it_is_answered(entrance: Entrance, content_type: str) -> None:
    payload = payloads.build("issues", number=31)
    made = request(payload=payload, content_type=content_type, hook_id=292)
    answer = entrance.send(made)
    row = EventLog.objects.get()
    guid = made.headers["x-github-delivery"]
    assert answer.status == 202
    assert answer.json == {"message": "accepted", "event_id": row.pk, "delivery": guid}
    assert (row.event, row.action, row.delivery, row.hook_id, row.target_id) == (
        "issues",
        "opened",
        guid,
        292,
        12345,
    )
    assert (row.status, row.worker_type, row.attempts) == (EventStatus.PENDING, entrance.worker_type, 0)
    assert row.installation_id == payload["installation"]["id"]
    assert row.repository_id == payload["repository"]["id"]
    assert row.repository == payload["repository"]["full_name"]
    assert (row.sender, row.number) == (payload["sender"]["login"], 31)
    assert row.lane == lane_of(payload["repository"]["id"], 31)
    assert row.form_encoded == (content_type == FORM)
    assert row.raw_body == made.body
    assert row.payload == payload
    assert abs((timezone.now() - row.received_at).total_seconds()) < 60


def test_a_ping_is_answered_200(entrance: Entrance) -> None:
    answer = entrance.send(request(event="ping"))
    assert (answer.status, answer.json["message"]) == (200, "pong")
    assert EventLog.objects.get(pk=answer.json["event_id"]).event == "ping"


def test_without_lanes_a_delivery_is_in_none(entrance: Entrance, configure: Configure) -> None:
    configure(LANES=False)
    entrance.send(request(event="issues"))
    row = EventLog.objects.get()
    assert row.lane is None
    assert row.number is not None


def test_a_delivery_that_comes_twice_is_stored_once(entrance: Entrance) -> None:
    made = request()
    first, second = entrance.send(made), entrance.send(made)
    assert (first.status, second.status) == (202, 202)
    assert second.json == {**first.json, "message": "already received"}
    assert EventLog.objects.count() == 1


def test_the_same_delivery_at_another_entrance_is_the_same_delivery() -> None:
    made = request()
    answers = [way().send(made) for way in ALL.values()]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["event_id"] for answer in answers}) == 1


def test_an_id_with_another_body_is_refused_and_logged(
    entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    entrance.send(request(b'{"n":1}', guid="abc"))
    with caplog.at_level(logging.WARNING, "django_github_app"):
        answer = entrance.send(request(b'{"n":2}', guid="abc"))
    assert (answer.status, answer.json["error"]) == (409, "conflict")
    assert EventLog.objects.get().payload == {"n": 1}
    (record,) = [record for record in caplog.records if "another body" in record.message]
    assert record.__dict__["delivery"] == "abc"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EventStatus.DONE, EventStatus.DONE),
        (EventStatus.PENDING, EventStatus.PENDING),
        (EventStatus.RETRYING, EventStatus.PENDING),
        (EventStatus.DEAD, EventStatus.PENDING),
    ],
)
def test_a_redelivery_runs_again_what_did_not_end_well(
    main_entrance: Entrance, before: EventStatus, after: EventStatus
) -> None:
    made = request()
    first = main_entrance.send(made)
    EventLog.objects.update(status=before, next_attempt_at=timezone.now())
    second = main_entrance.send(made)
    assert (second.status, second.json["event_id"]) == (202, first.json["event_id"])
    assert EventLog.objects.get().status == after


def test_a_body_that_django_would_find_too_large_is_accepted(entrance: Entrance, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    payload = {"action": "opened", "text": "x" * 5000}
    for content_type in ("application/json", FORM):
        answer = entrance.send(request(payload=payload, content_type=content_type))
        assert answer.status == 202
        assert EventLog.objects.get(pk=answer.json["event_id"]).payload == payload


def test_a_large_body_is_stored_to_the_byte(entrance: Entrance) -> None:
    body = b'{"text":"' + b"0123456789" * 80_000 + b'"}'
    assert len(body) > inbox.LARGE_BODY
    made = request(body)
    assert entrance.send(made).status == 202
    assert EventLog.objects.get().raw_body == body
    assert entrance.send(made.having(x_hub_signature_256=sign(b"", SECRET))).status == 403


def test_nul_and_surrogates_and_huge_numbers_are_stored_as_they_came(entrance: Entrance) -> None:
    body = rb'{"action":"\u0000\ud800","number":1e400,"x":' + b"9" * 5000 + b',"x":{"y":"\\udfff"}}'
    answer = entrance.send(request(body))
    assert answer.status == 202
    row = EventLog.objects.get()
    assert row.raw_body == body
    assert row.payload["number"] == float("inf")
    assert row.payload["x"] == {"y": "\udfff"}
    assert row.action == "\ufffd?"


def test_while_secrets_are_rotated_either_is_good(entrance: Entrance, configure: Configure) -> None:
    configure(WEBHOOK_SECRET=["new", "old"])
    assert entrance.send(request(secret="old")).status == 202
    assert entrance.send(request(secret="new")).status == 202
    assert entrance.send(request(secret=SECRET)).status == 403


# What is not in the way


def test_no_session_login_csrf_token_or_transaction_is_needed(
    entrance: Entrance, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)

    def in_a_transaction(*args: Any) -> None:
        pytest.fail("the request was in a transaction")

    monkeypatch.setattr(inbox, "_store_here", in_a_transaction)
    assert entrance.send(request()).status == 202
    assert EventLog.objects.count() == 1


# What is refused


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_its_status_and_a_reason_and_is_not_stored(main_entrance: Entrance, name: str) -> None:
    bad = BAD[name]
    answer = main_entrance.send(bad.made)
    assert answer.status == bad.status
    assert set(answer.json) == {"error", "reason"}
    assert answer.json["error"] == bad.error
    assert answer.headers.get("allow") == ("POST" if bad.status == 405 else None)
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("secret", ["", [], ["", ""], None])
def test_without_a_secret_every_request_is_refused(
    main_entrance: Entrance, configure: Configure, secret: Any
) -> None:
    configure(WEBHOOK_SECRET=secret)
    for made in (GOOD, GOOD.signed(""), GOOD.having(x_hub_signature_256=None)):
        answer = main_entrance.send(made)
        assert (answer.status, answer.json["error"]) == (403, "secret_missing")
    assert not EventLog.objects.exists()


def test_a_thousand_random_bad_requests_are_refused_and_none_is_stored(main_entrance: Entrance) -> None:
    statuses: dict[int, int] = {}
    for made in random_bad_requests(seed=2026, count=1000):
        answer = main_entrance.send(made)
        assert 400 <= answer.status < 500, (made, answer)
        if made.method != "HEAD":
            assert set(answer.json) == {"error", "reason"}
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    assert not EventLog.objects.exists()
    assert set(statuses) >= {400, 401, 403, 405, 415}


def test_what_is_refused_is_logged_without_anything_of_the_request(
    main_entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "django_github_app"):
        main_entrance.send(request(b'{"password":"hunter2"', guid="hunter3"))
    (record,) = [record for record in caplog.records if record.name == "django_github_app.ingest.answers"]
    assert (record.__dict__["code"], record.__dict__["status"]) == ("body_invalid", 400)
    assert "hunter" not in str(record.__dict__)


@pytest.mark.parametrize("excess", [1, 10_000])
def test_a_body_over_the_cap_is_refused(main_entrance: Entrance, configure: Configure, excess: int) -> None:
    configure(MAX_BODY_BYTES=1000)
    body = b'{"text":"' + b"x" * (1000 - 11) + b'"}'
    assert len(body) == 1000
    assert main_entrance.send(request(body)).status == 202
    answer = main_entrance.send(request(body + b" " * excess))
    assert (answer.status, answer.json["error"]) == (413, "body_too_large")
    assert EventLog.objects.count() == 1


# Views


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


# The plain ASGI application

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
